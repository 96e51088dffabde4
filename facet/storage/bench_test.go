package storage

import (
	"fmt"
	"sync/atomic"
	"testing"
)

func benchStore(b *testing.B) *Store {
	s := openNew(b)
	for i := range 20_000 {
		put(b, s, fmt.Sprintf("k%06d", i), "a value of a hundred bytes, or so, a value of a hundred bytes, or so, a value of a hundred bytes....")
	}
	endTurn(b, s)
	b.ReportAllocs()
	b.ResetTimer()
	return s
}

func key(i int) string { return fmt.Sprintf("k%06d", i*7919%20_000) }

func BenchmarkKVGet(b *testing.B) {
	s := benchStore(b)
	for i := range b.N {
		get(b, s, key(i))
	}
}

func BenchmarkKVPutInTurn(b *testing.B) {
	s := benchStore(b)
	for i := range b.N {
		put(b, s, key(i), "x")
	}
}

// One write per turn, nobody waits: the cost on the JavaScript thread.
func BenchmarkTurn(b *testing.B) {
	s := benchStore(b)
	for i := range b.N {
		put(b, s, key(i), fmt.Sprint(i))
		endTurn(b, s)
	}
}

// One write per turn, n clients wait for their turn to be durable.
func BenchmarkDurableTurn(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := benchStore(b)
			var n atomic.Int64
			b.SetParallelism(max(clients/2, 1)) // times GOMAXPROCS, 2 here
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := int(n.Add(1))
					put(b, s, key(i), fmt.Sprint(i))
					if err := s.WaitSynced(b.Context(), endTurn(b, s)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkExecCached(b *testing.B) {
	s := benchStore(b)
	query(b, s, "CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 'x')")
	b.ResetTimer()
	for range b.N {
		query(b, s, "SELECT v FROM t WHERE id = ?", 1.0)
	}
}

func BenchmarkOpenClose(b *testing.B) {
	db := newFiles(b)
	for range b.N {
		dbFd, walFd := openFds(b, db)
		s, err := Open(dbFd, walFd, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

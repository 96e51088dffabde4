package storage

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A facet may have written anything into its files. Whatever is there, opening
// and using it ends in time, with errors at most.
func TestCorruptFiles(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{})
	query(t, s, "CREATE TABLE t(a, b); CREATE INDEX i ON t(b); CREATE VIRTUAL TABLE f USING fts5(a); CREATE VIRTUAL TABLE r USING rtree(id, x, y)")
	query(t, s, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 300) INSERT INTO t SELECT x, hex(randomblob(40)) FROM c")
	query(t, s, "INSERT INTO f SELECT b FROM t; INSERT INTO r SELECT a, a, a + 1 FROM t")
	for i := range 200 {
		put(t, s, fmt.Sprintf("k%03d", i), fmt.Sprint(i))
	}
	endTurn(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, db, Limits{})
	for i := range 20 { // frames that only the log has
		put(t, s, fmt.Sprintf("k%03d", i), "in the log")
		endTurn(t, s)
	}
	var good [2][]byte
	for i, suffix := range []string{"", "-wal"} {
		good[i], _ = os.ReadFile(db + suffix)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	bad := filepath.Join(t.TempDir(), "bad")
	opened, failed := 0, 0
	for round := range 150 {
		for i, suffix := range []string{"", "-wal"} {
			if err := os.WriteFile(bad+suffix, damage(rng, good[i]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		start := cpuTime(t)
		dbFd, walFd := openFds(t, bad)
		s, err := Open(dbFd, walFd, Limits{MaxPages: 1000})
		if err != nil {
			unix.Close(dbFd)
			unix.Close(walFd)
			failed++
			continue
		}
		opened++
		useAll(s)
		s.Close()
		if took := cpuTime(t) - start; took > 4*time.Second {
			t.Errorf("round %d took %v", round, took)
		}
	}
	t.Logf("%d opened, %d refused", opened, failed)
	if opened < 50 || failed < 3 {
		t.Error("the damage does not spread over both outcomes: the test tests little")
	}
}

// damage overwrites some bytes, or cuts, or repeats a page.
func damage(rng *rand.Rand, good []byte) []byte {
	b := append([]byte(nil), good...)
	if len(b) == 0 {
		return b
	}
	switch rng.IntN(5) {
	case 0:
		return b
	case 1:
		return b[:rng.IntN(len(b))]
	case 2:
		from, to := rng.IntN(len(b)/4096)*4096, rng.IntN(len(b)/4096)*4096
		copy(b[to:to+4096], good[from:from+4096])
	default:
		for range 1 + rng.IntN(40) {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
		if rng.IntN(3) == 0 { // page headers, where the structure is
			for range 8 {
				b[rng.IntN(len(b)/4096)*4096+rng.IntN(16)] = byte(rng.Uint32())
			}
		}
	}
	return b
}

// useAll uses everything there is and ignores all errors.
func useAll(s *Store) {
	s.SetDeadline(time.Now().Add(time.Second))
	for _, q := range []string{
		"SELECT count(*), sum(length(b)) FROM t", "SELECT * FROM t ORDER BY b", "SELECT * FROM f('a*')", "SELECT * FROM r WHERE x > 3", "PRAGMA quick_check",
		"INSERT INTO t SELECT a, b || 'x' FROM t", "INSERT INTO f VALUES('x y')", "INSERT INTO r VALUES(1000, 1, 2)", "UPDATE t SET b = a", "DELETE FROM t WHERE a % 2",
		"DROP INDEX i", "ALTER TABLE t ADD COLUMN c", "ANALYZE", "REINDEX",
	} {
		if rows, err := s.Exec(q); err == nil {
			rows.All()
		}
		s.TurnEnd()
	}
	from := ""
	for range 300 {
		key, _, ok, err := s.KVNext(Range{From: &from})
		if !ok || err != nil {
			break
		}
		s.KVPut(key, Value{Bytes: []byte("new")})
		from = key
	}
	s.TurnEnd()
	s.DatabaseSize()
	s.Idle()
	if s.DeleteAll() == nil {
		s.TurnEnd()
	}
	s.Idle()
}

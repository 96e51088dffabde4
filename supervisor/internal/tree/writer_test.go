//go:build linux

package tree

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"time"
)

// writer stands for a facet's process: it commits rows without end and
// checkpoints every so often, but not while it is held.
type writer struct {
	t     testing.TB
	db    *sql.DB
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
	mu    sync.Mutex // taken for a checkpoint, and by a hold
	count chan int64 // the latest number of commits, for whoever asks
}

func startWriter(t testing.TB, path string) *writer {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=wal_autocheckpoint(0)&_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)"); err != nil {
		t.Fatal(err)
	}
	w := &writer{t: t, db: db, quit: make(chan struct{}), done: make(chan struct{}), count: make(chan int64)}
	go w.run()
	t.Cleanup(w.stop)
	return w
}

func (w *writer) run() {
	defer close(w.done)
	for i := int64(1); ; i++ {
		select {
		case <-w.quit:
			return
		case w.count <- i - 1:
		default:
		}
		if _, err := w.db.Exec("INSERT INTO t VALUES(?, randomblob(3000))", i); err != nil {
			w.t.Errorf("insert %d: %v", i, err)
			return
		}
		if i%20 == 0 && w.mu.TryLock() {
			if _, err := w.db.Exec("PRAGMA wal_checkpoint(RESTART)"); err != nil {
				w.t.Errorf("checkpoint: %v", err)
			}
			w.mu.Unlock()
		}
	}
}

func (w *writer) hold(context.Context, Number) (func(), error) {
	w.mu.Lock()
	return w.mu.Unlock, nil
}

// waitFor returns the number of commits once it is at least n.
func (w *writer) waitFor(n int64) int64 {
	w.t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case got := <-w.count:
			if got >= n {
				return got
			}
		case <-w.done:
			w.t.Fatal("the writer has stopped")
		case <-deadline:
			w.t.Fatalf("not %d commits in time", n)
		}
	}
}

func (w *writer) stop() {
	w.once.Do(func() {
		close(w.quit)
		<-w.done
		w.db.Close()
	})
}

// checkCopy opens a copied database, which recovers its log, and returns how
// many rows it has after making sure that they are rows 1 to that many.
func checkCopy(t testing.TB, path string) int64 {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var check string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Fatalf("integrity: %s, %v", check, err)
	}
	var count, last int64
	if err := db.QueryRow("SELECT count(*), max(id) FROM t").Scan(&count, &last); err != nil || count != last {
		t.Fatalf("%d rows, the last is %d, %v", count, last, err)
	}
	return count
}

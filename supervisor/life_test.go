package supervisor

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestHibernation(t *testing.T) {
	h := peerHost(t, "ok", func(c *Config) { c.IdleTimeout = 50 * time.Millisecond })
	var calls atomic.Int32
	facets := h.Object("NS", "o").Facets()
	stub := facets.Get("app", func(ctx context.Context) (StartupOptions, error) {
		calls.Add(1)
		return startAny(h)(ctx)
	})
	mustFetch(t, stub, "/count", "1")
	eventually(t, "it hibernates", func() bool {
		list, _ := facets.List(t.Context())
		return list[0].State == StateStopped && list[0].Last != nil && list[0].Last.Verdict == Hibernated
	})
	mustFetch(t, stub, "/count", "1") // a new instance
	if n := calls.Load(); n != 1 {
		t.Errorf("F93: %d callbacks", n)
	}
}

func TestCrashAndBackoff(t *testing.T) {
	h := peerHost(t, "ok", nil)
	stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
	for range crashCount {
		mustFetch(t, stub, "/count", "1")
		if _, err := fetch(t, stub, "/exit"); verdictOf(err) != Crashed || !contains(err, "exit code 7") || !contains(err, "NS/o/app") {
			t.Fatalf("%v", err)
		}
	}
	var backoff *BackoffError
	eventually(t, "the back-off begins", func() bool {
		_, err := fetch(t, stub, "/count")
		if err == nil { // it was over before we looked
			_, _ = fetch(t, stub, "/exit") // a verdict is due; see above
		}
		return errors.As(err, &backoff) && backoff.RetryAfter > 0 && verdictOf(backoff.Last) == Crashed
	})
	eventually(t, "it is started again", func() bool { _, err := fetch(t, stub, "/"); return err == nil })
}

func TestBusy(t *testing.T) {
	h := peerHost(t, "ok", func(c *Config) { c.Limits = Limits{Concurrent: 2, Queue: 3, Wall: 20 * time.Second} })
	facets := h.Object("NS", "o").Facets()
	stub := facets.Get("app", startAny(h))
	mustFetch(t, stub, "/", "hello")
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			r, _ := http.NewRequestWithContext(ctx, "GET", "http://x/never", nil)
			if _, err := stub.Fetch(ctx, r); err == nil {
				t.Error("answered")
			}
		})
	}
	eventually(t, "2 under way and 3 waiting", func() bool {
		list, _ := facets.List(t.Context())
		return list[0].Calls == 2 && list[0].Waiting == 3
	})
	var busy *BusyError
	if _, err := fetch(t, stub, "/"); !errors.As(err, &busy) {
		t.Errorf("%v", err)
	}
	if code, body := get(stub, "/"); code != 503 || body != "Service Unavailable" {
		t.Errorf("%d %q", code, body)
	}
	cancel()
	all.Wait()
	mustFetch(t, stub, "/", "hello")
}

func TestShutdownDrains(t *testing.T) {
	h := peerHost(t, "ok", nil)
	stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
	mustFetch(t, stub, "/", "hello")
	answer := make(chan string, 1)
	go func() { body, _ := fetch(t, stub, "/slow"); answer <- body }()
	eventually(t, "the call is under way", func() bool { return h.Object("NS", "o").busy() })
	if err := h.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if body := <-answer; body != "late" {
		t.Errorf("the call under way got %q", body)
	}
	if _, err := fetch(t, stub, "/"); verdictOf(err) != SupervisorShutdown || !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if err := h.Object("NS", "o").Facets().Delete("app"); verdictOf(err) != SupervisorShutdown {
		t.Errorf("%v", err)
	}
}

func TestCloseKills(t *testing.T) {
	h := peerHost(t, "stop-hang", nil)
	stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
	mustFetch(t, stub, "/", "hello")
	failed := make(chan error, 1)
	go func() { _, err := fetch(t, stub, "/never"); failed <- err }()
	eventually(t, "the call is under way", func() bool { return h.Object("NS", "o").busy() })
	begin := time.Now()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; verdictOf(err) != SupervisorShutdown {
		t.Error(err)
	}
	if took := time.Since(begin); took > patience {
		t.Errorf("took %v", took)
	}
}

func TestOneHostPerDirectory(t *testing.T) {
	h := peerHost(t, "ok", nil)
	_, err := Open(t.Context(), Config{Dir: h.cfg.Dir, launch: h.cfg.launch})
	if !errors.Is(err, ErrLocked) {
		t.Errorf("%v", err)
	}
}

func TestPool(t *testing.T) {
	h := peerHost(t, "ok", func(c *Config) { c.Pool = 2 })
	eventually(t, "two wait", func() bool { return h.pool.Ready() == 2 })
	mustFetch(t, h.Object("NS", "o").Facets().Get("app", startAny(h)), "/count", "1")
	mustFetch(t, h.Object("NS", "p").Facets().Get("app", startAny(h)), "/count", "1")
	eventually(t, "two wait again", func() bool { return h.pool.Ready() == 2 })
}

func TestObjects(t *testing.T) {
	h := peerHost(t, "ok", nil)
	a := h.Object("NS", "a")
	if a != h.Object("NS", "a") || a == h.Object("NS", "b") {
		t.Error("objects are not one for each name")
	}
	if id := a.ID().String(); len(id) != 64 || id == h.Object("Other", "a").ID().String() {
		t.Errorf("id %q", id)
	}
	db, err := a.DB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE t (x)"); err != nil {
		t.Fatal(err)
	}
	if again, err := a.DB(t.Context()); err != nil || again != db {
		t.Errorf("%v", err)
	}
	if _, err := fetch(t, h.Object("", "a").Facets().Get("app", startAny(h)), "/"); err == nil {
		t.Error("the empty namespace works")
	}
}

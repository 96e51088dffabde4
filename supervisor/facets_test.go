package supervisor

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLazyAndOnce(t *testing.T) {
	h := peerHost(t, "ok", nil)
	var calls atomic.Int32
	facets := h.Object("NS", "o").Facets()
	callback := func(ctx context.Context) (StartupOptions, error) {
		calls.Add(1)
		return startAny(h)(ctx)
	}
	stub := facets.Get("app", callback)
	if n := calls.Load(); n != 0 {
		t.Errorf("F3: Get called the callback %d times", n)
	}
	if list, err := facets.List(t.Context()); err != nil || len(list) != 1 || list[0].State != StateStopped || list[0].DatabaseBytes != 0 {
		t.Errorf("before the first call: %+v, %v", list, err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { mustFetch(t, stub, "/", "hello") })
	}
	all.Wait()
	if n := calls.Load(); n != 1 {
		t.Errorf("F6: %d callbacks for 20 calls", n)
	}
	other := facets.Get("app", func(context.Context) (StartupOptions, error) {
		t.Error("F7: the callback of a running facet was called")
		return StartupOptions{}, nil
	})
	mustFetch(t, other, "/count", "1")
	mustFetch(t, stub, "/count", "2") // F9
	list, err := facets.List(t.Context())
	if err != nil || len(list) != 1 || list[0].State != StateRunning || list[0].PID == 0 || list[0].DatabaseBytes == 0 || list[0].Limits.Pids != 64 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestCallbackFailsAndIsAskedAgain(t *testing.T) {
	h := peerHost(t, "ok", func(c *Config) { c.StartTimeout = 5 * time.Second })
	facets := h.Object("NS", "o").Facets()
	boom := errors.New("boom")
	stub := facets.Get("app", func(context.Context) (StartupOptions, error) { return StartupOptions{}, boom })
	if _, err := fetch(t, stub, "/"); err != boom { //nolint:errorlint // F40: the very error
		t.Errorf("F40: %v", err)
	}
	if _, err := fetch(t, facets.Get("app", func(context.Context) (StartupOptions, error) { return StartupOptions{}, nil }), "/"); !errors.Is(err, ErrNoClass) {
		t.Errorf("no class: %v", err)
	}
	if _, err := fetch(t, facets.Get("app", func(context.Context) (StartupOptions, error) { panic("oh") }), "/"); !contains(err, "panicked") {
		t.Errorf("panic: %v", err)
	}
	if _, err := fetch(t, facets.Get("app", nil), "/"); !errors.Is(err, ErrNoCallback) {
		t.Errorf("no callback: %v", err)
	}
	hang := make(chan struct{})
	defer close(hang)
	if _, err := fetch(t, facets.Get("app", func(context.Context) (StartupOptions, error) { <-hang; return StartupOptions{}, nil }), "/"); !contains(err, "did not return") {
		t.Errorf("hang: %v", err)
	}
	mustFetch(t, facets.Get("app", startAny(h)), "/", "hello") // unlike F41
}

func TestNames(t *testing.T) {
	h := peerHost(t, "ok", nil)
	facets := h.Object("NS", "o").Facets()
	long, fits := strings.Repeat("é", 129), strings.Repeat("é", 128)
	for _, f := range []func(string) error{
		func(n string) error { _, err := fetch(t, facets.Get(n, startAny(h)), "/"); return err },
		func(n string) error { return facets.Abort(n, errors.New("x")) },
		facets.Delete,
		func(n string) error { return facets.Clone(n, "b") },
		func(n string) error { return facets.Clone("a", n) },
	} {
		if err := f(long); !errors.Is(err, ErrNameTooLong) {
			t.Errorf("F21, F22: %v", err)
		}
		if err := f(""); !errors.Is(err, ErrBadName) {
			t.Errorf("the empty name: %v", err)
		}
		if err := f(fits); err != nil {
			t.Errorf("128 times é: %v", err)
		}
	}
	for _, name := range []string{"..", "a/b", "a\x00b", "a", "\u202e"} { // F24
		mustFetch(t, facets.Get(name, startAny(h)), "/count", "1")
	}
}

func TestDepth(t *testing.T) {
	h := peerHost(t, "ok", nil)
	f := h.Object("NS", "o").Facets()
	for range 3 {
		stub := f.Get("same", startAny(h)) // F26
		mustFetch(t, stub, "/count", "1")
		f = stub.Facets()
	}
	stub := f.Get("same", startAny(h))
	if _, err := fetch(t, stub, "/"); !errors.Is(err, ErrDepth) {
		t.Errorf("F84: %v", err)
	}
	if _, err := fetch(t, stub.Facets().Get("x", nil), "/"); !errors.Is(err, ErrDepth) {
		t.Errorf("below: %v", err)
	}
}

func TestAbort(t *testing.T) {
	h := peerHost(t, "ok", nil)
	facets := h.Object("NS", "o").Facets()
	old := facets.Get("app", startAny(h))
	mustFetch(t, old, "/count", "1")
	child := old.Facets().Get("child", startAny(h))
	mustFetch(t, child, "/count", "1")
	inFlight := make(chan error, 1)
	go func() { _, err := fetch(t, old, "/never"); inFlight <- err }()
	eventually(t, "the call is under way", func() bool {
		list, _ := facets.List(t.Context())
		return len(list) == 1 && list[0].Calls == 1
	})
	reason := errors.New("new version")
	if err := facets.Abort("app", nil); !errors.Is(err, ErrNoReason) {
		t.Errorf("F61: %v", err)
	}
	if err := facets.Abort("app", reason); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"in flight (F56)": <-inFlight,
		"old stub (F57)":  func() error { _, err := fetch(t, old, "/"); return err }(),
		"child (F65)":     func() error { _, err := fetch(t, child, "/"); return err }(),
		"method":          old.Call(t.Context(), "count", nil),
	} {
		if verdictOf(err) != Aborted || !errors.Is(err, reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fresh := facets.Get("app", startAny(h))
	mustFetch(t, fresh, "/count", "1") // fresh memory
	if _, err := fetch(t, old, "/"); !errors.Is(err, reason) {
		t.Errorf("F57, for ever: %v", err)
	}
	if err := facets.Abort("never was", reason); err != nil {
		t.Errorf("F62: %v", err)
	}
}

// F66, attack 111.
func TestAbortWhileStarting(t *testing.T) {
	for _, mode := range []string{"assign-hang", "silent"} {
		t.Run(mode, func(t *testing.T) {
			h := peerHost(t, mode, func(c *Config) { c.StartTimeout = 2 * patience })
			h.Loader().cache.put(bundleKey(must(anyCode.modules())), []byte("x"), nil)
			facets := h.Object("NS", "o").Facets()
			waiting := make(chan error, 1)
			stub := facets.Get("app", startAny(h))
			go func() { _, err := fetch(t, stub, "/"); waiting <- err }()
			eventually(t, "it starts", func() bool {
				list, _ := facets.List(t.Context())
				return len(list) == 1 && list[0].State == StateStarting
			})
			reason := errors.New("changed my mind")
			if err := facets.Abort("app", reason); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-waiting:
				if !errors.Is(err, reason) {
					t.Error(err)
				}
			case <-time.After(patience):
				t.Fatal("the caller still waits")
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestDelete(t *testing.T) {
	h := peerHost(t, "ok", nil)
	facets := h.Object("NS", "o").Facets()
	old := facets.Get("app", startAny(h))
	mustFetch(t, old, "/count", "1")
	mustFetch(t, old.Facets().Get("child", startAny(h)), "/count", "1")
	if err := facets.Delete("app"); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch(t, old, "/"); verdictOf(err) != Deleted || !contains(err, "Facet was deleted.") {
		t.Errorf("F71: %v", err)
	}
	if list, err := facets.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("F73: %+v, %v", list, err)
	}
	if err := facets.Delete("never was"); err != nil {
		t.Errorf("F74: %v", err)
	}
	mustFetch(t, facets.Get("app", startAny(h)), "/count", "1")
	if err := facets.DeleteAll(); err != nil {
		t.Fatal(err)
	}
	if list, err := facets.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("F83: %+v, %v", list, err)
	}
}

func TestClone(t *testing.T) {
	h := peerHost(t, "ok", nil)
	facets := h.Object("NS", "o").Facets()
	src, dst := facets.Get("src", startAny(h)), facets.Get("dst", startAny(h))
	mustFetch(t, src, "/count", "1")
	mustFetch(t, dst, "/count", "1")
	if err := facets.Clone("src", "dst"); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, src, "/count", "2") // F77
	if _, err := fetch(t, dst, "/"); verdictOf(err) != Deleted || !contains(err, "Facet was cloned-over.") {
		t.Errorf("F76: %v", err)
	}
	mustFetch(t, facets.Get("dst", startAny(h)), "/count", "1")
	if err := facets.Clone("src", "src"); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch(t, src, "/"); !contains(err, "Facet was cloned-over.") {
		t.Errorf("F79: %v", err)
	}
	if err := facets.Clone("nothing", "dst"); err != nil {
		t.Fatal(err)
	}
	list, err := facets.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "src" {
		t.Errorf("F78: %+v, %v", list, err)
	}
}

// Attacks 110 and 112: whatever is done to a facet at the same time, every call
// answers or fails with a verdict, and afterwards it works.
func TestRaces(t *testing.T) {
	h := peerHost(t, "ok", func(c *Config) { c.IdleTimeout = 20 * time.Millisecond })
	facets := h.Object("NS", "o").Facets()
	reason := errors.New("race")
	stop := make(chan struct{})
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			name := []string{"a", "b"}[i%2]
			for n := 0; !isClosed(stop); n++ {
				stub := facets.Get(name, startAny(h))
				if i >= 4 {
					stub = stub.Facets().Get("c", startAny(h))
				}
				if _, err := fetch(t, stub, "/"); err != nil && verdictOf(err) != Aborted && verdictOf(err) != Deleted {
					t.Errorf("call: %v", err)
				}
				if n%3 == 0 {
					time.Sleep(25 * time.Millisecond) // let it hibernate
				}
			}
		})
	}
	all.Go(func() {
		defer close(stop)
		for n := range 24 {
			var err error
			switch n % 4 {
			case 0:
				err = facets.Abort("a", reason)
			case 1:
				err = facets.Delete("b")
			case 2:
				err = facets.Clone("a", "b")
			case 3:
				err = facets.Clone("b", "a")
			}
			if err != nil {
				t.Errorf("operation %d: %v", n, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	all.Wait()
	for _, name := range []string{"a", "b"} {
		mustFetch(t, facets.Get(name, startAny(h)), "/", "hello")
	}
}

func TestCall(t *testing.T) {
	h := peerHost(t, "ok", nil)
	stub := h.Object("NS", "o").Facets().Get("app", startAny(h))
	var got []any
	if err := stub.Call(t.Context(), "echo", &got, "a", 1.5, map[string]any{"b": true}); err != nil || len(got) != 3 || got[0] != "a" {
		t.Errorf("%v, %v", got, err)
	}
	var n int
	if err := stub.Call(t.Context(), "count", &n); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	var remote *RemoteError
	if err := stub.Call(t.Context(), "nope", nil); !errors.As(err, &remote) || remote.Kind != NoHandler {
		t.Errorf("F46: %v", err)
	}
	if err := stub.Call(t.Context(), "echo", nil, strings.Repeat("x", 5<<20)); !errors.Is(err, ErrArgsTooLarge) {
		t.Errorf("%v", err)
	}
	if err := stub.Call(t.Context(), "chunk", nil); verdictOf(err) != ProtocolViolation {
		t.Errorf("%v", err)
	}
}

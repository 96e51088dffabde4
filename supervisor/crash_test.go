package supervisor

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

// Attack 113: the back-off by the clock. It begins with the third failure within
// the window, doubles to its largest, and is forgotten after a calm.
func TestBackoff(t *testing.T) {
	boom := errors.New("boom")
	begin := time.Now()
	var b backoff
	wait := func(after time.Duration) time.Duration {
		var e *BackoffError
		if err := b.check(begin.Add(after), "f"); errors.As(err, &e) {
			if !errors.Is(e.Last, boom) {
				t.Errorf("cause %v", e.Last)
			}
			return e.RetryAfter
		}
		return 0
	}
	b.failed(begin, boom)
	b.failed(begin.Add(crashWindow/2), boom)
	b.failed(begin.Add(crashWindow+time.Second), boom) // the first is out of the window
	if w := wait(crashWindow + time.Second); w != 0 {
		t.Errorf("slow failures: wait %v", w)
	}
	now := crashWindow + 2*time.Second
	want := crashFirst
	for n := range 20 {
		b.failed(begin.Add(now), boom)
		if got := wait(now); got != want {
			t.Fatalf("failure %d: wait %v, want %v", n, got, want)
		}
		if got := wait(now + want - 1); got != 1 {
			t.Errorf("just before its end: %v", got)
		}
		if got := wait(now + want); got != 0 {
			t.Errorf("at its end: %v", got)
		}
		now += want
		want = min(2*want, crashMax)
	}
	// A host clock that is set back does not matter: these times are monotonic.
	if time.Now().String() == time.Now().Round(0).String() {
		t.Error("time.Now has no monotonic reading")
	}
	b.failed(begin.Add(now+crashCalm+time.Second), boom)
	if got := wait(now + crashCalm + time.Second); got != 0 {
		t.Errorf("after a calm: wait %v", got)
	}
}

// Attack 113: a crash in the middle of many requests fails each of them once, with
// the same verdict, and counts as one failure.
func TestCrashUnderCalls(t *testing.T) {
	h, s := scheduled(t, nil)
	facets := h.Object("NS", "o").Facets()
	stub := facets.Get("app", startAny(h))
	var calls []<-chan error
	for _, path := range []string{"/never", "/never", "/never", "/head-only"} {
		calls = append(calls, background(func() error { _, err := fetch(t, stub, path); return err }))
	}
	calls = append(calls, background(func() error { return stub.Call(t.Context(), "hang", nil) }))
	eventually(t, "the calls are under way", func() bool {
		list, _ := facets.List(t.Context())
		return len(list) == 1 && list[0].Calls == len(calls)
	})
	_, err := fetch(t, stub, "/exit")
	for _, c := range append(calls, background(func() error { return err })) {
		if err := <-c; verdictOf(err) != Crashed || !contains(err, "exit code 7") {
			t.Errorf("%v", err)
		}
	}
	if n := len(stub.inc.node.crash.recent); n != 1 {
		t.Errorf("counted as %d failures", n)
	}
	mustFetch(t, stub, "/count", "1")
	nothingLives(t, h, s, 1)
}

// Attack 113: while a facet backs off nothing is started for it, whoever asks and
// how; its neighbour is as always.
func TestBackoffStartsNothing(t *testing.T) {
	h, s := scheduled(t, nil)
	facets := h.Object("NS", "o").Facets()
	stub := facets.Get("app", startAny(h))
	mustFetch(t, facets.Get("neighbour", startAny(h)), "/", "hello")
	o := stub.inc.node.object
	o.mu.Lock()
	for range 20 {
		stub.inc.node.crash.failed(time.Now(), &VerdictError{Verdict: Crashed})
	}
	o.mu.Unlock()
	before, _, _ := s.counts()
	var backoff *BackoffError
	for range 50 {
		if _, err := fetch(t, facets.Get("app", startAny(h)), "/"); !errors.As(err, &backoff) || backoff.RetryAfter < crashMax/2 {
			t.Fatalf("%v", err)
		}
		if code, _ := get(stub, "/"); code != http.StatusServiceUnavailable {
			t.Fatalf("status %d", code)
		}
	}
	// An abort gives it new stubs, and no new start.
	if err := facets.Abort("app", errors.New("again")); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch(t, facets.Get("app", startAny(h)), "/"); !errors.As(err, &backoff) {
		t.Errorf("after an abort: %v", err)
	}
	if after, _, _ := s.counts(); after != before {
		t.Errorf("%d processes were started", after-before)
	}
	mustFetch(t, facets.Get("neighbour", startAny(h)), "/", "hello")
}

// Attack 112: a source that does not hold still for its copy, or not let go, is
// ended; the clone is made all the same, in time.
func TestCloneOfAHostileSource(t *testing.T) {
	for _, mode := range []string{"hold-hang", "unhold-hang", "hold-fail"} {
		t.Run(mode, func(t *testing.T) {
			h := peerHost(t, mode, func(c *Config) { c.StartTimeout = 5 * time.Second })
			if err := h.Loader().cache.put(bundleKey(must(anyCode.modules())), []byte("x"), nil); err != nil {
				t.Fatal(err)
			}
			o := h.Object("NS", "o")
			facets := o.Facets()
			src := facets.Get("src", startAny(h))
			mustFetch(t, src, "/count", "1")
			begin := time.Now()
			if err := facets.Clone("src", "dst"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took > patience {
				t.Errorf("took %v", took)
			}
			if n := len(databases(t, h, o)); n != 4 {
				t.Errorf("%d files, want those of two facets", n)
			}
			eventually(t, "the source was ended", func() bool {
				list, err := facets.List(context.Background())
				return err == nil && list[0].Name == "src" && list[0].Last != nil && list[0].Last.Verdict == ProtocolViolation
			})
			mustFetch(t, src, "/count", "1")
		})
	}
}

package supervisor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/instance"
)

// Attack 110: calls through stubs of their own, all of which find nothing running,
// have one callback and one process between them, wherever the start is.
func TestFirstCallsAtOnce(t *testing.T) {
	for _, step := range []string{atLaunch, atSeal, atFiles} {
		t.Run(step, func(t *testing.T) {
			h, s := scheduled(t, nil)
			facets := h.Object("NS", "o").Facets()
			var asked atomic.Int32
			callback := func(ctx context.Context) (StartupOptions, error) {
				asked.Add(1)
				return startAny(h)(ctx)
			}
			p := s.stopAt(step, false)
			const callers = 10
			var results []<-chan error
			for range callers {
				results = append(results, background(func() error { _, err := fetch(t, facets.Get("app", callback), "/"); return err }))
			}
			<-p.reached
			eventually(t, "all wait", func() bool {
				list, err := facets.List(t.Context())
				return err == nil && len(list) == 1 && list[0].Calls+list[0].Waiting == callers && list[0].State == StateStarting
			})
			close(p.pass)
			for _, r := range results {
				if err := <-r; err != nil {
					t.Error(err)
				}
			}
			if started, _, _ := s.counts(); started != 1 || asked.Load() != 1 {
				t.Errorf("%d processes, %d callbacks", started, asked.Load())
			}
		})
	}
}

// Attack 111: an abort at each step of a start fails the call with the reason, at
// once; the process is gone before the next one begins, and no other is left.
func TestAbortAtEachStep(t *testing.T) {
	for _, step := range []string{"callback", atLaunch, atSeal, atFiles} {
		t.Run(step, func(t *testing.T) {
			h, s := scheduled(t, nil)
			facets := h.Object("NS", "o").Facets()
			p := s.stopAt(step, step == atFiles)
			old := facets.Get("app", func(ctx context.Context) (StartupOptions, error) {
				if err := s.come(ctx, "callback"); err != nil {
					return StartupOptions{}, err
				}
				return startAny(h)(ctx)
			})
			call := background(func() error { _, err := fetch(t, old, "/"); return err })
			<-p.reached
			reason := errors.New("changed my mind")
			if err := facets.Abort("app", reason); err != nil {
				t.Fatal(err)
			}
			if err := <-call; !errors.Is(err, reason) || verdictOf(err) != Aborted {
				t.Errorf("the caller: %v", err)
			}
			next := background(func() error { _, err := fetch(t, facets.Get("app", startAny(h)), "/count"); return err })
			if p.stubborn {
				eventually(t, "the next call waits for its place", func() bool {
					list, _ := facets.List(t.Context())
					return len(list) == 1 && list[0].State == StateStarting
				})
				waiting(t, "the next call", next)
			}
			close(p.pass)
			if err := <-next; err != nil {
				t.Errorf("the next call: %v", err)
			}
			if _, err := fetch(t, old, "/"); !errors.Is(err, reason) {
				t.Errorf("the old stub, for ever: %v", err)
			}
			nothingLives(t, h, s, atATime[step])
		})
	}
}

// atATime is how many processes a facet may have when it ends at a step: one that
// knows of no facet yet, or is about to be made, needs not be waited for.
var atATime = map[string]int{"callback": 1, atLaunch: 2, atSeal: 2, atFiles: 1, atEnd: 1}

// nothingLives closes the host and wants no process, no zombie, and never more
// than so many at a time.
func nothingLives(t *testing.T, h *Host, s *schedule, most int) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if _, live, n := s.counts(); live != 0 || n > most {
		t.Errorf("%d processes live, there were %d at a time, want %d at most", live, n, most)
	}
	if n := children(t); n > 0 {
		t.Errorf("%d children", n)
	}
}

// databases are the facets' files of an object.
func databases(t *testing.T, h *Host, o *Object) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(h.cfg.Dir, "*", o.ID().String(), "[1-9]*.sqlite*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Attack 112: a deletion at each step of a start, and a call right after it. The
// deletion is over when the process that could write is gone; the call gets new
// files, and nothing of the old ones is left.
func TestDeleteAtEachStep(t *testing.T) {
	for _, step := range []string{atLaunch, atSeal, atFiles, atEnd} {
		t.Run(step, func(t *testing.T) {
			h, s := scheduled(t, nil)
			o := h.Object("NS", "o")
			facets := o.Facets()
			p := s.stopAt(step, step == atFiles)
			old := facets.Get("app", startAny(h))
			call := background(func() error { _, err := fetch(t, old, "/never"); return err })
			if step == atEnd {
				eventually(t, "the call is under way", func() bool { list, _ := facets.List(t.Context()); return list[0].Calls == 1 && list[0].PID > 0 })
			} else {
				<-p.reached
			}
			before := databases(t, h, o)
			if made := len(before) > 0; made != (step == atFiles || step == atEnd) {
				t.Fatalf("files: %v", before)
			}
			deleted := background(func() error { return facets.Delete("app") })
			if err := <-call; verdictOf(err) != Deleted {
				t.Errorf("the caller: %v", err)
			}
			<-p.reached
			next := background(func() error { _, err := fetch(t, facets.Get("app", startAny(h)), "/count"); return err })
			if step == atFiles || step == atEnd {
				eventually(t, "the next call waits for the deletion", func() bool {
					list, _ := facets.List(t.Context())
					return len(list) == 1 && list[0].State == StateStarting
				})
				waiting(t, "the deletion", deleted)
				waiting(t, "the next call", next)
				if got := databases(t, h, o); len(got) != len(before) {
					t.Errorf("files went from under a process: %v", got)
				}
			}
			close(p.pass)
			if err := <-deleted; err != nil {
				t.Error(err)
			}
			if err := <-next; err != nil {
				t.Errorf("the next call: %v", err)
			}
			after := databases(t, h, o)
			for _, name := range before {
				if _, err := os.Stat(name); err == nil {
					t.Errorf("%s is left", name)
				}
			}
			if len(after) != 2 {
				t.Errorf("files: %v", after)
			}
			nothingLives(t, h, s, atATime[step])
		})
	}
}

// Attack 115: a call that comes while an instance hibernates waits until it has,
// and is answered by the next one; an instance with a call does not hibernate.
func TestHibernationBesideCalls(t *testing.T) {
	h, s := scheduled(t, func(c *Config) { c.IdleTimeout = 50 * time.Millisecond })
	facets := h.Object("NS", "o").Facets()
	stub := facets.Get("app", startAny(h))
	p := s.stopAt(atEnd, true)
	mustFetch(t, stub, "/count", "1")
	<-p.reached
	next := background(func() error {
		body, err := fetch(t, stub, "/count")
		if err == nil && body != "1" {
			err = errors.New("answered by the old one: " + body)
		}
		return err
	})
	eventually(t, "the call waits", func() bool { list, _ := facets.List(t.Context()); return list[0].State == StateStarting })
	waiting(t, "the call", next)
	if started, _, _ := s.counts(); started != 1 {
		t.Errorf("%d processes before the first was gone", started)
	}
	close(p.pass)
	if err := <-next; err != nil {
		t.Error(err)
	}
	// Idle for long, by the clock, when its time comes; but a call has just begun.
	call := background(func() error { _, err := fetch(t, stub, "/never"); return err })
	var i *instance.Instance
	eventually(t, "the call is in the instance", func() bool { // a place alone holds none
		stub.inc.mu.Lock()
		defer stub.inc.mu.Unlock()
		if i = stub.inc.live; i == nil || stub.inc.active != 1 {
			return false
		}
		stub.inc.idleAt = time.Now().Add(-time.Hour)
		return true
	})
	stub.inc.rest(i)
	waiting(t, "the call under way", call)
	if v := i.Verdict(); v != nil {
		t.Errorf("it hibernated under a call: %v", v)
	}
	_ = facets.Abort("app", errors.New("over"))
	<-call
	nothingLives(t, h, s, 1)
}

// Attack 115: a class is changed while calls are under way. They end with the
// reason; the new class starts when the old instance is gone, on the same files.
func TestClassChangeUnderCalls(t *testing.T) {
	h, s := scheduled(t, nil)
	o := h.Object("NS", "o")
	facets := o.Facets()
	old := facets.Get("app", startAny(h))
	var calls []<-chan error
	for range 5 {
		calls = append(calls, background(func() error { _, err := fetch(t, old, "/never"); return err }))
	}
	eventually(t, "the calls are under way", func() bool {
		list, _ := facets.List(t.Context())
		return len(list) == 1 && list[0].Calls == 5 && list[0].PID > 0
	})
	before := databases(t, h, o)
	p := s.stopAt(atEnd, true)
	reason := errors.New("new version")
	if err := facets.Abort("app", reason); err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		if err := <-c; !errors.Is(err, reason) {
			t.Errorf("under way: %v", err)
		}
	}
	var asked atomic.Int32
	fresh := facets.Get("app", func(context.Context) (StartupOptions, error) {
		asked.Add(1)
		return StartupOptions{Class: h.Loader().Load(anyCode).Class("Version2")}, nil
	})
	<-p.reached
	next := background(func() error { _, err := fetch(t, fresh, "/"); return err })
	eventually(t, "the new class waits", func() bool { list, _ := facets.List(t.Context()); return list[0].State == StateStarting })
	waiting(t, "the new class", next)
	close(p.pass)
	if err := <-next; err != nil {
		t.Error(err)
	}
	if after := databases(t, h, o); asked.Load() != 1 || len(after) != len(before) || after[0] != before[0] {
		t.Errorf("%d callbacks, files %v, before %v", asked.Load(), after, before)
	}
	nothingLives(t, h, s, 1)
}

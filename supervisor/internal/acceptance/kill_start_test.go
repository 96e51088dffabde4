//go:build linux && amd64

package acceptance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// TestKillWaiting kills the runner that waits for a facet. The next facet starts
// all the same; where its call comes before the host knows, it starts with the
// second.
func TestKillWaiting(t *testing.T) {
	h := openHost(t, nil)
	for n := range 3 {
		var waiting int
		eventually(t, "a waiting runner", func() bool {
			all := childrenOf(os.Getpid())
			for _, f := range facets(t, h.Object("waiting", "house")) {
				all = slices.DeleteFunc(all, func(pid int) bool { return pid == f.PID })
			}
			if len(all) == 1 {
				waiting = all[0]
			}
			return waiting != 0
		})
		if err := syscall.Kill(waiting, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the waiting runner is gone", func() bool { return !alive(waiting) })
		s := h.Object("waiting", "house").Facets().Get(fmt.Sprint(n), start(h, source(t, "counter.js"), nil))
		if status, _ := serve(s, "/"); status == 200 {
			mustServe(t, s, "/", "2")
		} else {
			mustServe(t, s, "/", "1")
		}
	}
}

// TestKillStarting kills whatever process there is while facets start for the
// first time: before the seal, while the files are handed over, while the code is
// loaded. The facet starts with the next call, and its count is right.
func TestKillStarting(t *testing.T) {
	h := openHost(t, func(c *supervisor.Config) { c.Pool = -1 })
	o := h.Object("starting", "house")
	rounds, killed := 10, 0
	if long() {
		rounds = 150
	}
	for n := range rounds {
		s := o.Facets().Get(fmt.Sprint(n), start(h, source(t, "counter.js"), nil))
		answered := make(chan int, 1)
		go func() {
			status, _ := serve(s, "/")
			answered <- status
		}()
		<-time.After(time.Duration(rand.IntN(100)) * time.Millisecond)
		running := facets(t, o)
		for _, pid := range childrenOf(os.Getpid()) {
			known := slices.ContainsFunc(running, func(f supervisor.FacetInfo) bool { return f.PID == pid && f.Name != fmt.Sprint(n) })
			if !known && syscall.Kill(pid, syscall.SIGKILL) == nil {
				killed++
			}
		}
		status := <-answered
		if status != 200 && status != 502 {
			t.Errorf("round %d: status %d", n, status)
		}
		// A call that got no answer may have been counted all the same.
		want := []string{"1", "2"}
		if status == 200 {
			want = []string{"2"}
		}
		eventually(t, "the next call is answered", func() bool {
			status, body := serve(s, "/")
			if status == 200 && !slices.Contains(want, body) {
				t.Errorf("round %d: count %s, want %v", n, body, want)
			}
			return status == 200
		})
	}
	t.Logf("%d starts, %d processes killed", rounds, killed)
}

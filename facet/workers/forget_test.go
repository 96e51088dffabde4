package workers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/facet/js"
)

// TestForgottenCallbacks: a number lives no longer than it can be needed, so that
// an instance which loads code for years does not grow.
func TestForgottenCallbacks(t *testing.T) {
	const workers = 200
	var anonymous, named []int
	p := startPeer(t, func(p *peer, c hostCall) {
		e := parseTarget(c.target).Entrypoint
		if e.Worker == nil {
			anonymous = append(anonymous, e.Callback)
		} else {
			named = append(named, e.Callback)
		}
		p.result(c, "1")
	})
	loaded := p.r.load(t, code{class: "App", about: about{Grants: grants{Loaders: []string{"LOADER"}}}, source: loaderPrelude + `
let kept;
export class App extends DurableObject {
  async use(n) {
    for (let i = 0; i < n; i++) {
      kept = this.env.LOADER.load(CODE).getEntrypoint();
      await kept.m();
      await this.env.LOADER.get("same", () => CODE).getEntrypoint().m();
    }
  }
  again() { return kept.m() }
  garbage() { let a; for (let i = 0; i < 2000; i++) a = new Array(1000).fill(i); return a.length }
}`})
	if loaded.Kind != js.OutLoaded {
		t.Fatalf("%s: %s", loaded.S1, loaded.S2)
	}
	if _, err := p.r.rpc(t, "use", "[200]"); err != nil {
		t.Fatal(err)
	}
	known := func(numbers []int) int {
		answers := make(chan string, len(numbers))
		p.mu.Lock()
		for _, n := range numbers {
			p.callback(n, func(s string) { answers <- s })
		}
		p.mu.Unlock()
		count := 0
		for range numbers {
			if s := <-answers; !strings.Contains(s, "has already completed") {
				count++
			}
		}
		return count
	}
	if n := known(named); n != 0 || len(named) != workers {
		t.Errorf("%d of %d numbers of answered calls can be called", n, len(named))
	}
	deadline := time.Now().Add(answerTime)
	for {
		if _, err := p.r.rpc(t, "garbage", "[]"); err != nil {
			t.Fatal(err)
		}
		n := known(anonymous)
		if n >= 1 && n < workers/2 {
			break // the collector may keep a few
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d workers without an id can be asked for", n, workers)
		}
	}
	// The one that is kept keeps its number.
	last := anonymous[workers-1]
	if known([]int{last}) != 1 {
		t.Error("a worker in use was forgotten")
	}
	if _, err := p.r.rpc(t, "again", "[]"); err != nil || anonymous[workers] != last {
		t.Errorf("another number for the same worker: %v", err)
	}
}

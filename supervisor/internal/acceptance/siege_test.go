//go:build linux && amd64

package acceptance

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// TestSiege lets several facets attack at once and again and again, whatever
// becomes of them, while two victims serve.
func TestSiege(t *testing.T) {
	needRoot(t, "without cgroups nothing shares the processor and nothing bounds memory")
	h := openHost(t, nil)
	o := h.Object("siege", "house")
	var victims [2]*watched
	for n := range victims {
		name := fmt.Sprintf("victim%d", n)
		s := o.Facets().Get(name, start(h, source(t, "counter.js"), nil))
		mustServe(t, s, "/", "1")
		victims[n] = watch(t, s)
	}
	span := 3 * time.Second
	if long() {
		span = time.Minute
	}
	var attackers sync.WaitGroup
	end := time.Now().Add(span)
	for _, path := range []string{"/loop", "/microtasks", "/buffers", "/log", "/regexp", "/fill"} {
		limits := &attackerLimits
		switch path {
		case "/buffers":
			limits = &slowLimits
		case "/log":
			limits = &floodLimits
		}
		s := o.Facets().Get(path, start(h, source(t, "attacker.js"), limits))
		attackers.Go(func() {
			tried, refused := 0, 0
			for ; time.Now().Before(end); tried++ {
				_, err := fetch(s, path)
				if err == nil {
					t.Errorf("%s succeeded", path)
				}
				if e := new(supervisor.BackoffError); errors.As(err, &e) {
					refused++
					<-time.After(min(e.RetryAfter, time.Until(end)))
				}
			}
			t.Logf("%s: %d attacks, %d refused for failing too often", path, tried, refused)
		})
	}
	attackers.Wait()
	for _, v := range victims {
		t.Logf("victim: %s", v.end())
	}
	for _, f := range facets(t, o) {
		if f.Last != nil && (f.Name == "victim0" || f.Name == "victim1") {
			t.Errorf("%s ended: %v", f.Name, f.Last)
		}
	}
}

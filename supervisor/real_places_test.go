package supervisor

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Whatever becomes of calls, each gives its places back: those that clients give up at
// any moment, those refused, and those of a facet that is aborted or deleted.
func TestPlacesComeBack(t *testing.T) {
	h := realHost(t, func(c *Config) {
		c.Limits.Concurrent, c.Limits.Queue = 4, 8
		c.Limits.Wall = 4 * time.Second // which ends what an object still waits for
	})
	p := project(t, h, house)
	want(t, p, "/ta/warm", "warm")
	object := p.Object("Root", "house")
	var all sync.WaitGroup
	for n := range 300 {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(n)))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rnd.IntN(1500))*time.Millisecond)
			defer cancel()
			name := "/t" + string(rune('a'+rnd.IntN(3)))
			what := []string{"/held", "/large", "/read", "/quick"}[rnd.IntN(4)]
			r := httptest.NewRequest("GET", "http://app.example"+name+what, nil)
			if rnd.IntN(2) == 0 {
				r = httptest.NewRequest("POST", "http://app.example"+name+what, strings.NewReader(strings.Repeat("x", rnd.IntN(600<<10))))
			}
			serve(p, httptest.NewRecorder(), r.WithContext(ctx))
		})
		switch {
		case n%100 == 50:
			object.Facets().Abort("ta", errors.New("a new version"))
		case n%200 == 99:
			if err := object.Facets().Delete("tb"); err != nil {
				t.Error(err)
			}
		}
	}
	all.Wait()
	for _, stub := range []*Stub{p.entry, object, object.Facets().Get("ta", nil), object.Facets().Get("tb", nil), object.Facets().Get("tc", nil)} {
		within(t, "all places of "+stub.inc.node.path+" are free", func() bool {
			inside, waiting := stub.inc.gate.Counts()
			stub.inc.mu.Lock()
			i, active := stub.inc.live, stub.inc.active
			stub.inc.mu.Unlock()
			return inside+waiting == 0 && (i == nil || active == 0 && i.Mux().Incoming() == 0 && i.Mux().Active() == 0)
		})
	}
	want(t, p, "/tc/served", "served")
	if code, _ := get(p, "/tb/served"); code != http.StatusOK {
		t.Errorf("status %d", code)
	}
}

// serve has a handler answer; one that breaks off panics.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
}

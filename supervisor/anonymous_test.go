package supervisor

import (
	"context"
	"testing"
)

// What workers without an id were built to has a budget; what goes beyond it is built
// again when it is used again.
func TestAnonymousBuilds(t *testing.T) {
	a := newAnonymousBuilds(1000)
	made := map[*Worker]int{}
	worker := func() *Worker {
		return &Worker{anonymous: true}
	}
	build1 := func(w *Worker, size int) {
		t.Helper()
		_, err := w.flight.do(t.Context(), func(context.Context) (*build, error) {
			made[w]++
			b := &build{script: make([]byte, size)}
			a.built(w, b)
			return b, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	first, second, third := worker(), worker(), worker()
	build1(first, 400)
	build1(second, 400)
	a.used(first)
	build1(third, 400) // pushes the second out, which was not used for longest
	for _, w := range []*Worker{first, third} {
		build1(w, 400)
	}
	if made[first] != 1 || made[third] != 1 {
		t.Errorf("what fits was built again: %d, %d times", made[first], made[third])
	}
	build1(second, 400)
	if made[second] != 2 || a.bytes != 800 || a.order.Len() != 2 {
		t.Errorf("built %d times; %d bytes of %d", made[second], a.bytes, a.order.Len())
	}
	build1(worker(), 5000) // one alone may be larger: it is under way
	if a.order.Len() != 1 {
		t.Errorf("%d are kept beside it", a.order.Len())
	}
	for range maxAnonymousBuilds + 10 {
		build1(worker(), 0)
	}
	if a.order.Len() > maxAnonymousBuilds || len(a.at) != a.order.Len() || len(a.sizes) != a.order.Len() {
		t.Errorf("%d are kept", a.order.Len())
	}
	for len(a.at) > 0 {
		for w := range a.at {
			a.forget(w)
			a.forget(w)
		}
	}
	if a.bytes != 0 || a.order.Len() != 0 {
		t.Errorf("left: %d bytes of %d", a.bytes, a.order.Len())
	}
}

package supervisor

import (
	"context"
	"slices"
	"sync"
	"testing"
)

func TestTurns(t *testing.T) {
	var all turns
	var mu sync.Mutex
	var order []int
	var running sync.WaitGroup
	const calls = 200
	for i := range calls {
		place := all.take("callee")
		running.Go(func() {
			defer place.end()
			place.wait(t.Context())
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			place.end()
		})
	}
	running.Wait()
	if !slices.IsSorted(order) || len(order) != calls {
		t.Errorf("left in the order %v", order)
	}
	if len(all.last) != 0 {
		t.Errorf("%d callees are remembered", len(all.last))
	}

	// One that nobody wants any more waits for nobody; another callee is not held up.
	first, second, other := all.take("callee"), all.take("callee"), all.take("other")
	other.wait(t.Context())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	second.wait(gone)
	for _, p := range []*turn{second, first, other} {
		p.end()
	}
	if len(all.last) != 0 {
		t.Errorf("%d callees are remembered", len(all.last))
	}
}

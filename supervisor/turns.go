package supervisor

import (
	"context"
	"sync"
)

// turns keeps the calls of one instance to another in order: each leaves after the
// one before it, whatever their goroutines do. They are answered in any order. The
// zero value is ready.
type turns struct {
	mu   sync.Mutex
	last map[any]*turn // by callee; of those that have not left
}

// turn is a call's place among those to the same callee.
type turn struct {
	of     *turns
	callee any
	before *turn
	left   chan struct{}
	once   sync.Once
}

// take gives the next place. It is called in the order of the calls; each turn has
// to be ended.
func (t *turns) take(callee any) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last == nil {
		t.last = make(map[any]*turn)
	}
	mine := &turn{of: t, callee: callee, before: t.last[callee], left: make(chan struct{})}
	t.last[callee] = mine
	return mine
}

// wait waits until the call before this one has left, or nobody wants this one.
func (t *turn) wait(ctx context.Context) {
	if t.before == nil {
		return
	}
	select {
	case <-t.before.left:
	case <-ctx.Done():
	}
	t.before = nil
}

// end lets the next call leave. Only the first call of it does something.
func (t *turn) end() {
	t.once.Do(func() {
		close(t.left)
		t.of.mu.Lock()
		defer t.of.mu.Unlock()
		if t.of.last[t.callee] == t {
			delete(t.of.last, t.callee)
		}
	})
}

package gate

import (
	"container/list"
	"context"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fair"
)

// nested are the places of holders that another holder may be waiting for, apart from
// the others': as many as could be inside and wait of those, and as many more in which
// to wait for one of these. Each caller has a share of both.
type nested struct {
	inside  int
	by      map[any]int // of inside, by caller
	waiting list.List   // of *nestedWaiter
	waitBy  map[any]int
}

type nestedWaiter struct {
	by      any
	granted chan struct{}
}

func newNested() nested { return nested{by: make(map[any]int), waitBy: make(map[any]int)} }

// EnterNested lets in a holder that another one may be waiting for: it takes nobody's
// place, and waits no longer than patience, since the wait could be for itself. by, a
// comparable value, tells who calls. False says that there was no place in that time,
// or that the rest is for other callers: see [fair.May]. The error is the cause of the
// context's end. After true the caller leaves with LeaveNested.
func (g *Gate) EnterNested(ctx context.Context, by any, patience time.Duration) (bool, error) {
	n := &g.nested
	g.mu.Lock()
	if n.waitBy[by] == 0 && g.mayNest(by) {
		n.enter(by)
		g.mu.Unlock()
		return true, nil
	}
	if !fair.May(n.waitBy[by], g.open+g.queue-n.waiting.Len()) {
		g.mu.Unlock()
		return false, nil
	}
	w := &nestedWaiter{by: by, granted: make(chan struct{})}
	e := n.waiting.PushBack(w)
	n.waitBy[by]++
	g.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.granted:
		return true, nil
	case <-timer.C:
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.granted: // at the same moment
		if ctx.Err() == nil {
			return true, nil
		}
		g.leaveNested(by)
	default:
		n.stopWaiting(e)
	}
	return false, context.Cause(ctx)
}

// LeaveNested makes room for a nested holder.
func (g *Gate) LeaveNested(by any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leaveNested(by)
}

func (g *Gate) leaveNested(by any) {
	g.nested.inside--
	less(g.nested.by, by)
	g.admitNested()
}

// mayNest reports whether there is a place for a caller; g.mu is held.
func (g *Gate) mayNest(by any) bool {
	return fair.May(g.nested.by[by], g.open+g.queue-g.nested.inside)
}

// admitNested lets in who waits, in order but for callers that have their share;
// g.mu is held.
func (g *Gate) admitNested() {
	n := &g.nested
	for e := n.waiting.Front(); e != nil && n.inside < g.open+g.queue; {
		w, next := e.Value.(*nestedWaiter), e.Next()
		if g.mayNest(w.by) {
			n.stopWaiting(e)
			n.enter(w.by)
			close(w.granted)
		}
		e = next
	}
}

func (n *nested) enter(by any) {
	n.inside++
	n.by[by]++
}

func (n *nested) stopWaiting(e *list.Element) {
	less(n.waitBy, n.waiting.Remove(e).(*nestedWaiter).by)
}

func less(count map[any]int, by any) {
	if count[by]--; count[by] == 0 {
		delete(count, by)
	}
}

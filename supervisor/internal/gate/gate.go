// Package gate bounds how many calls are under way in a facet and how many wait
// for their turn.
package gate

import (
	"container/list"
	"context"
	"sync"
)

// Gate lets a number of holders in and queues a number more, first come, first
// served. Safe for concurrent use.
type Gate struct {
	mu      sync.Mutex
	open    int
	queue   int
	inside  int
	nested  int
	waiting list.List // of chan struct{}
}

// New makes a gate with room for open holders and queue waiters.
func New(open, queue int) *Gate { return &Gate{open: open, queue: queue} }

// Enter waits for room. It returns false where the queue is full, and the
// context's error where that ended first. After true and nil the caller leaves.
func (g *Gate) Enter(ctx context.Context) (bool, error) {
	g.mu.Lock()
	if g.inside < g.open {
		g.inside++
		g.mu.Unlock()
		return true, nil
	}
	if g.waiting.Len() >= g.queue {
		g.mu.Unlock()
		return false, nil
	}
	turn := make(chan struct{})
	e := g.waiting.PushBack(turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return true, nil
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		select {
		case <-turn: // let in at the same moment: pass it on
			g.leave()
		default:
			g.waiting.Remove(e)
		}
		return false, context.Cause(ctx)
	}
}

// EnterNested lets in a holder that another one may be waiting for: it never
// waits, since that could be for ever, and takes nobody's place. It returns false
// where as many nested holders are inside as could be inside and wait otherwise.
// After true the caller leaves with LeaveNested.
func (g *Gate) EnterNested() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.nested >= g.open+g.queue {
		return false
	}
	g.nested++
	return true
}

// LeaveNested makes room for a nested holder.
func (g *Gate) LeaveNested() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nested--
}

// Leave makes room.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leave()
}

func (g *Gate) leave() {
	g.inside--
	g.admit()
}

func (g *Gate) admit() {
	for g.inside < g.open && g.waiting.Len() > 0 {
		g.inside++
		close(g.waiting.Remove(g.waiting.Front()).(chan struct{}))
	}
}

// Resize changes the numbers. Who is inside or waits by then stays.
func (g *Gate) Resize(open, queue int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open, g.queue = open, queue
	g.admit()
}

// Counts returns how many are inside, nested ones included, and how many wait.
func (g *Gate) Counts() (inside, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside + g.nested, g.waiting.Len()
}

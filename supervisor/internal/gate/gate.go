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
	waiting list.List // of chan struct{}
	nested  nested
}

// New makes a gate with room for open holders and queue waiters.
func New(open, queue int) *Gate { return &Gate{open: open, queue: queue, nested: newNested()} }

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
	g.admitNested()
}

// Counts returns how many are inside, and how many wait, nested ones included.
func (g *Gate) Counts() (inside, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside + g.nested.inside, g.waiting.Len() + g.nested.waiting.Len()
}

package supervisor

import (
	"container/list"
	"sync"
)

const (
	// maxAnonymousScripts bounds the builds of workers without an id that a host
	// keeps, in bytes, maxAnonymousBuilds their number.
	maxAnonymousScripts = 256 << 20
	maxAnonymousBuilds  = 4096
)

// anonymousBuilds remembers which workers without an id have a build, the most
// recently used first. Those that are too much lose it, and are built again when they
// are used again: their callback lives as long as JavaScript can reach them.
type anonymousBuilds struct {
	limit int64

	mu    sync.Mutex
	order list.List // of *Worker
	at    map[*Worker]*list.Element
	sizes map[*Worker]int64
	bytes int64
}

func newAnonymousBuilds(limit int64) *anonymousBuilds {
	return &anonymousBuilds{limit: limit, at: make(map[*Worker]*list.Element), sizes: make(map[*Worker]int64)}
}

// built counts a worker's build.
func (a *anonymousBuilds) built(w *Worker, b *build) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(w)
	a.at[w] = a.order.PushFront(w)
	a.sizes[w] = int64(len(b.script) + len(b.sourceMap) + len(b.env))
	a.bytes += a.sizes[w]
	for (a.bytes > a.limit || a.order.Len() > maxAnonymousBuilds) && a.order.Len() > 1 {
		last := a.order.Back().Value.(*Worker)
		a.remove(last)
		last.flight.drop()
	}
}

// used marks a worker as used.
func (a *anonymousBuilds) used(w *Worker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.at[w]; e != nil {
		a.order.MoveToFront(e)
	}
}

// forget forgets a worker that nobody can name any more. Instances that run it keep
// its build.
func (a *anonymousBuilds) forget(w *Worker) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remove(w)
}

// remove takes a worker out; a.mu is held.
func (a *anonymousBuilds) remove(w *Worker) {
	if e := a.at[w]; e != nil {
		a.order.Remove(e)
		a.bytes -= a.sizes[w]
		delete(a.at, w)
		delete(a.sizes, w)
	}
}

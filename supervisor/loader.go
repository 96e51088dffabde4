package supervisor

import (
	"container/list"
	"context"
	"sync"
)

// maxWorkers is how many workers a loader remembers by their ids.
const maxWorkers = 1024

// Loader turns code into workers. Safe for concurrent use.
type Loader struct {
	host  *Host
	cache *cache
	slots chan struct{} // bundlers at work

	mu    sync.Mutex
	byID  map[string]*list.Element
	order list.List // of *entry, most recently used first
}

type entry struct {
	id     string
	worker *Worker
}

func newLoader(h *Host, c *cache) *Loader {
	return &Loader{host: h, cache: c, slots: make(chan struct{}, 2), byID: make(map[string]*list.Element)}
}

// Get returns the worker of an id. The first call for an id decides: callback is
// asked for the code when it is first needed, and a later Get with the same id
// does not look at its own (fact L5), unless no load has succeeded yet: a failure
// is not remembered (unlike fact L9), and the latest callback is asked next. The 1024 most recently used ids are
// remembered.
func (l *Loader) Get(id string, callback func(context.Context) (WorkerCode, error)) *Worker {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byID[id]; e != nil {
		l.order.MoveToFront(e)
		w := e.Value.(*entry).worker
		w.flight.unless(func() { w.callback = callback })
		return w
	}
	w := &Worker{loader: l, callback: callback}
	l.byID[id] = l.order.PushFront(&entry{id, w})
	if l.order.Len() > maxWorkers {
		last := l.order.Back()
		delete(l.byID, l.order.Remove(last).(*entry).id)
	}
	return w
}

// Load returns a worker for code, without an id (facts L3, L7).
func (l *Loader) Load(code WorkerCode) *Worker {
	return &Worker{loader: l, callback: func(context.Context) (WorkerCode, error) { return code, nil }}
}

package supervisor

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fair"
)

// maxWorkers is how many workers a loader remembers by their ids, maxScripts how
// many bytes of their ids, scripts, source maps and env.
const (
	maxWorkers = 1024
	maxScripts = 512 << 20
)

const (
	// maxBundlers is how many bundlers a host has at work. All but one may work for one
	// object's tree, where no other one waits.
	maxBundlers = 3
	// quickBundle is the processor time that each of those may use, quickWall for each
	// second of that how long it may take: nobody waits longer for one. Code that takes
	// more is bundled again by one beside them, maxSlow of which work at a time, with
	// slowBundle of processor time.
	quickBundle = time.Second
	quickWall   = 3
	maxSlow     = 1
	slowBundle  = 10 * time.Second
)

// maxLarge is how many workers' large code a host has in memory at a time.
const maxLarge = 4

// Loader turns code into workers. Safe for concurrent use.
type Loader struct {
	host  *Host
	name  string // for paths in errors and logs
	cache *cache
	slots *fair.Slots // for bundlers at work
	slow  *fair.Slots // for those with code that takes long
	large *fair.Slots // for code that no single message carries, until it is built
	loose *anonymousBuilds

	mu    sync.Mutex
	byID  map[string]*list.Element
	order list.List // of *entry, most recently used first
	bytes int64     // of the builds of those
}

type entry struct {
	id     string
	worker *Worker
	bytes  int64
}

func newLoader(h *Host, c *cache) *Loader {
	return &Loader{host: h, name: "worker", cache: c, slots: fair.New(maxBundlers, maxBundlers-1), slow: fair.New(maxSlow, maxSlow),
		large: fair.New(maxLarge, maxLarge-1), loose: newAnonymousBuilds(maxAnonymousScripts), byID: make(map[string]*list.Element)}
}

// binding returns a loader with ids of its own, for a binding of a project.
func (l *Loader) binding(name string) *Loader {
	return &Loader{host: l.host, name: name, cache: l.cache, slots: l.slots, slow: l.slow, large: l.large, loose: l.loose, byID: make(map[string]*list.Element)}
}

// Get returns the worker of an id. The first call for an id decides: callback is
// asked for the code when it is first needed, and a later Get with the same id
// does not look at its own (fact L5), unless no load has succeeded yet: a failure
// is not remembered (unlike fact L9), and the latest callback is asked next. The most recently used ids are
// remembered, up to 1024 and 512 MiB of bundled code.
func (l *Loader) Get(id string, callback func(context.Context) (WorkerCode, error)) *Worker {
	return l.get(id, callback, nil)
}

// get is Get for whoever an object's tree is; nil for code in the supervisor.
func (l *Loader) get(id string, callback func(context.Context) (WorkerCode, error), tree any) *Worker {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byID[id]; e != nil {
		l.order.MoveToFront(e)
		w := e.Value.(*entry).worker
		w.flight.unless(func() { w.callback = callback })
		return w
	}
	w := newWorker(l, l.name+"/"+bounded(id, 64), callback)
	w.tree = tree
	w.entry = l.order.PushFront(&entry{id: id, worker: w, bytes: int64(len(id))})
	l.bytes += int64(len(id))
	l.byID[id] = w.entry
	l.shrink()
	return w
}

// known returns the worker of an id where it is remembered; nil otherwise.
func (l *Loader) known(id string) *Worker {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.byID[id]
	if e == nil {
		return nil
	}
	l.order.MoveToFront(e)
	return e.Value.(*entry).worker
}

// built counts a worker's program, which may push older ones out.
func (l *Loader) built(w *Worker, b *build) {
	if w.anonymous {
		l.loose.built(w, b)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.entry == nil {
		return
	}
	if e := w.entry.Value.(*entry); l.byID[e.id] == w.entry {
		size := int64(len(b.script) + len(b.sourceMap) + len(b.env))
		e.bytes += size
		l.bytes += size
		l.shrink()
	}
}

// shrink forgets the least recently used workers. Facets that run them keep
// them; l.mu is held.
func (l *Loader) shrink() {
	for l.order.Len() > maxWorkers || l.bytes > maxScripts && l.order.Len() > 1 {
		e := l.order.Remove(l.order.Back()).(*entry)
		delete(l.byID, e.id)
		l.bytes -= e.bytes
	}
}

// Load returns a worker for code, without an id (facts L3, L7).
func (l *Loader) Load(code WorkerCode) *Worker {
	return newWorker(l, l.name, func(context.Context) (WorkerCode, error) { return code, nil })
}

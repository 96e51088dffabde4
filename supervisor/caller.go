package supervisor

import (
	"container/list"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/refs"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// maxAnonymous is how many workers without an id are remembered for an instance.
const maxAnonymous = 256

var (
	errNoFacets  = errors.New("an entrypoint has no facets")
	errNotBound  = errors.New("nothing of that name was bound to this worker")
	errWrongID   = errors.New("the id was not made of that name in that namespace")
	errOperation = errors.New("no such operation")
	// errOutbound is the text of fact L34.
	//lint:ignore ST1005 applications see it, as they do on the peer
	errOutbound = errors.New("This worker is not permitted to access the internet via global functions like fetch(). " +
		"It must use capabilities (such as bindings in 'env') to talk to the outside world.")
)

// caller is a running instance that calls others. What it names is looked up in
// what its worker was given; the instance itself may have been taken over.
type caller struct {
	inc      *incarnation
	instance *instance.Instance
	worker   *Worker
	build    *build // of that worker
	outside  *outside
	budget   *budget
	table    *refs.Table
	turns    turns
	told     rate.Sometimes // what goes to the host's log

	mu        sync.Mutex
	anonymous map[anonymousKey]*list.Element
	order     list.List // of anonymousWorker, most recently used first
}

type anonymousKey struct {
	loader   string
	callback uint64
}

type anonymousWorker struct {
	key    anonymousKey
	worker *Worker
}

func newCaller(inc *incarnation, i *instance.Instance, w *Worker, b *build, limits Limits) *caller {
	c := &caller{inc: inc, instance: i, worker: w, build: b, outside: newOutside(w), budget: newBudget(limits), told: rate.Sometimes{First: 3, Interval: time.Second}}
	c.table = refs.New(c, c.resolve)
	return c
}

// accept takes a call; see wire.Accept. What a later call may depend on happens
// here, in order.
func (c *caller) accept(in *wire.Incoming) (func(), error) {
	if !c.counted(in) {
		return func() { in.Fail(failureOf(errSubRequests)) }, nil
	}
	switch to := in.Target.To.(type) {
	case *facetv1.Target_Facet:
		return c.forward(in, c.facets().Get(to.Facet.Name, c.startup(to.Facet.Callback))), nil
	case *facetv1.Target_Object:
		return c.forward(in, c.object(to.Object)), nil
	case *facetv1.Target_Entrypoint:
		return c.forward(in, c.entrypoint(to.Entrypoint, refs.Pick(in.Props, to.Entrypoint.Refs))), nil
	case *facetv1.Target_Handle:
		return c.handle(in, to.Handle)
	case *facetv1.Target_Host:
		return c.operate(in), nil
	default: // wire lets nothing pass but Outbound
		return c.leave(in), nil
	}
}

// counted takes a call of others from the budget; false where none is left.
// Operations are no calls of others, nor are reads and writes of streams.
func (c *caller) counted(in *wire.Incoming) bool {
	switch to := in.Target.To.(type) {
	case *facetv1.Target_Host:
		return true
	case *facetv1.Target_Handle:
		kind, ok := c.table.Kind(to.Handle)
		if !ok || kind == facetv1.Ref_KIND_READABLE || kind == facetv1.Ref_KIND_WRITABLE {
			return true
		}
	}
	return c.budget.take()
}

func (c *caller) facets() *Facets { return &Facets{parent: c.inc.node, of: c.inc} }

// object finds an object of a namespace that was granted.
func (c *caller) object(t *facetv1.ObjectTarget) *Stub {
	p := c.worker.project
	if p == nil {
		return &Stub{err: errNotBound}
	}
	n := p.bindings[t.Namespace]
	if n == nil {
		n = p.classes[t.Namespace]
	}
	switch {
	case n == nil:
		return &Stub{err: errNotBound}
	case t.HasName && t.Id != n.idFromName(t.Name):
		return &Stub{err: errWrongID}
	}
	return n.stub(ID{id: t.Id, name: t.Name, hasName: t.HasName})
}

// entrypoint finds an entrypoint of the instance's own worker, or of one that a
// loader of it has or will have.
func (c *caller) entrypoint(t *facetv1.EntrypointTarget, props []refs.Cap) *Stub {
	w, err := c.find(t.Loader, t.Worker, t.HasWorker, t.Callback)
	if err != nil {
		return &Stub{err: err}
	}
	if t.Loader == "" {
		return w.entrypoint(t.Name, t.Props, props)
	}
	return w.limitedEntrypoint(t.Name, t.Props, props, limitsOfTarget(t.Limits))
}

// find finds the worker that a target or a class names.
func (c *caller) find(loader, id string, hasID bool, callback uint64) (*Worker, error) {
	if loader == "" {
		return c.worker, nil
	}
	p := c.worker.project
	if p == nil || p.loaders[loader] == nil {
		return nil, errNotBound
	}
	l := p.loaders[loader]
	if hasID && callback == 0 {
		if w := l.known(id); w != nil {
			return w, nil
		}
	}
	if hasID {
		return l.get(id, c.code(callback), c.inc.node.object.key), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := anonymousKey{loader, callback}
	if e := c.anonymous[key]; e != nil {
		c.order.MoveToFront(e)
		w := e.Value.(anonymousWorker).worker
		l.loose.used(w)
		return w, nil
	}
	if c.anonymous == nil {
		c.anonymous = make(map[anonymousKey]*list.Element)
	}
	if c.order.Len() >= maxAnonymous {
		last := c.order.Remove(c.order.Back()).(anonymousWorker)
		delete(c.anonymous, last.key)
		l.loose.forget(last.worker)
	}
	w := newWorker(l, l.name, c.code(callback))
	w.anonymous, w.tree = true, c.inc.node.object.key
	c.anonymous[key] = c.order.PushFront(anonymousWorker{key, w})
	return w, nil
}

// ended forgets what only the instance could name.
func (c *caller) ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.order.Front(); e != nil; e = e.Next() {
		w := e.Value.(anonymousWorker).worker
		w.loader.loose.forget(w)
	}
}

// forward returns what makes the call through a stub and answers with what comes
// back.
func (c *caller) forward(in *wire.Incoming, s *Stub) func() {
	if s.err != nil {
		return func() { in.Fail(c.failure(s.err)) }
	}
	s.by, s.came = c.inc, time.Now()
	if in.Request != nil {
		return func() { c.relay(in, s) }
	}
	place := c.turns.take(s.inc)
	return func() {
		defer place.end()
		place.wait(in.Context())
		call := in.Call()
		call.Opened = place.end
		result, err := s.call(in.Context(), call)
		if err != nil {
			in.Fail(c.failure(err))
			return
		}
		in.Result(result)
	}
}

// failure is failureOf; what the caller is not told goes to the host's log, now
// and then: an instance can make it happen as often as it likes.
func (c *caller) failure(err error) *facetv1.Failure {
	f := failureOf(err)
	if f == internalFailure && !errors.Is(err, wire.ErrNotWanted) {
		c.told.Do(func() {
			c.inc.node.object.host.cfg.Logger.Error("a call between instances failed", "facet", c.inc.node.path, "error", err)
		})
	}
	return f
}

// null is the answer of an operation (docs/values.md).
var null = wire.Result{Value: []byte("Jnull")}

// reason makes the reason for an abort of what JavaScript gave (facts F57 to F60).
func reason(name, message string) error {
	return &fault.RemoteError{Name: bounded(name, 64), Message: bounded(message, 64<<10)}
}

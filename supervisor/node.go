package supervisor

import (
	"sync"
	"sync/atomic"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/tree"
)

// node is a place in an object's tree: the object itself, or a facet's name
// below its parent. Its fields are guarded by the object's mu unless they never
// change.
type node struct {
	object *Object
	parent *node // nil: the object
	name   string
	path   string // for errors and logs
	depth  int    // the object is at 1

	children map[string]*node
	sweepAt  int          // how many children make it worth looking for idle ones
	held     bool         // a stub for it was given to code in the supervisor
	inc      *incarnation // what current stubs lead to; nil: none yet
	// fence is closed when the latest process of this facet is gone. The next
	// one must not open the files before.
	fence  <-chan struct{}
	number tree.Number // set while an instance runs
	id     ID          // what the running facet sees; its children inherit it

	last   *fault.VerdictError
	lastAt time.Time
	crash  backoff
}

func (n *node) child(name string) *node {
	c := n.children[name]
	if c == nil {
		c = &node{object: n.object, parent: n, name: name, path: n.path + "/" + name, depth: n.depth + 1}
		if n.children == nil {
			n.children = make(map[string]*node)
		}
		n.children[name] = c
	}
	return c
}

// each visits the node and all below it.
func (n *node) each(f func(*node)) {
	f(n)
	for _, c := range n.children {
		c.each(f)
	}
}

// maxNested is how many instances may run at a time of the facets that the facets
// of one object made, and of the entrypoints of one loaded worker: code that
// nobody vouches for decides about those.
const maxNested = 64

// slot takes a place for an instance; the function gives it back.
func (n *node) slot() (release func(), err error) {
	var count *atomic.Int64
	switch {
	case n.object.entry != nil && n.object.entry.project == nil:
		count = &n.object.entry.running
	case n.depth > 2:
		count = &n.object.nested
	default:
		return func() {}, nil
	}
	if count.Add(1) > maxNested {
		count.Add(-1)
		return nil, &fault.BusyError{Facet: n.path, RetryAfter: busyRetry}
	}
	return sync.OnceFunc(func() { count.Add(-1) }), nil
}

// role is what an instance here is started as.
func (n *node) role() facetv1.AssignRequest_Role {
	if n.object.entry != nil {
		return facetv1.AssignRequest_ROLE_ENTRYPOINT
	}
	return facetv1.AssignRequest_ROLE_UNSPECIFIED
}

// current returns the incarnation that new stubs lead to.
func (n *node) current() *incarnation {
	if n.inc == nil {
		n.inc = newIncarnation(n)
	}
	return n.inc
}

// number finds the facet's number, making it and its parents' where they are
// missing.
func (n *node) find(h *tree.Object) (tree.Number, error) {
	if n.parent == nil {
		return 0, nil
	}
	parent, err := n.parent.find(h)
	if err != nil {
		return 0, err
	}
	if number, ok := h.Lookup(parent, n.name); ok {
		return number, nil
	}
	return h.Create(parent, n.name)
}

// lookup finds the facet's number where it has one.
func (n *node) lookup(h *tree.Object) (tree.Number, bool) {
	if n.parent == nil {
		return 0, true
	}
	parent, ok := n.parent.lookup(h)
	if !ok {
		return 0, false
	}
	return h.Lookup(parent, n.name)
}

// inheritedID is the id that a facet sees where its start options give none: the
// nearest ancestor's (fact F34).
func (n *node) inheritedID() ID {
	for p := n.parent; p != nil; p = p.parent {
		if p.id != (ID{}) {
			return p.id
		}
	}
	return n.object.id
}

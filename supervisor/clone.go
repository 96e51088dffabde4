package supervisor

import (
	"context"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/tree"
)

// Clone makes dst a copy of src with all below it. What was dst ends with
// "Facet was cloned-over." and is replaced in one step; src goes on running and
// keeps its memory (facts F76 to F79). A src without data leaves no dst; cloning
// a facet over itself ends it and keeps its data.
func (f *Facets) Clone(src, dst string) error { return finish(f.beginClone(src, dst)) }

// beginClone does what needs no waiting; what it returns does the rest.
func (f *Facets) beginClone(src, dst string) (remainder, error) {
	for _, name := range []string{src, dst} {
		if err := f.check(name); err != nil {
			return nil, err
		}
	}
	if src == dst {
		o := f.parent.object
		o.mu.Lock()
		end := func() {}
		err := f.ended()
		if n := f.parent.children[src]; n != nil && err == nil {
			end = n.kill(fault.Deleted, errCloned)
		}
		o.mu.Unlock()
		end()
		return func(context.Context) error { return nil }, err
	}
	return f.begin(func(over <-chan struct{}) operation {
		gone := f.remove(dst, errCloned)
		source := f.parent.children[src]
		starts := source.starts()
		source.freeze(over)
		return func(ctx context.Context, h *tree.Object) error {
			gone()
			for _, s := range starts {
				<-s
			}
			parent, ok := f.parent.lookup(h)
			if !ok {
				return nil
			}
			_, err := h.Clone(ctx, parent, src, dst, func(ctx context.Context, n tree.Number) (func(), error) {
				return source.hold(ctx, n)
			})
			return err
		}
	})
}

// starts returns what to wait for so that every start that was under way has
// ended. The object's mu is held.
func (n *node) starts() []<-chan struct{} {
	if n == nil {
		return nil
	}
	var out []<-chan struct{}
	n.each(func(n *node) {
		if n.inc == nil {
			return
		}
		n.inc.mu.Lock()
		if s := n.inc.starting; s != nil {
			out = append(out, s.done)
		}
		n.inc.mu.Unlock()
	})
	return out
}

// freeze makes calls to the node and those below it that come from now on wait until
// the copy is made: they are no part of it (fact F77). Below one that is starting
// they do not, since its start, which the copy waits for, may wait for them. The
// object's mu is held.
func (n *node) freeze(over <-chan struct{}) {
	if n == nil {
		return
	}
	starting := false
	if n.inc != nil {
		n.inc.mu.Lock()
		n.inc.frozen = over
		starting = n.inc.starting != nil
		n.inc.mu.Unlock()
	}
	if starting {
		return
	}
	for _, c := range n.children {
		c.freeze(over)
	}
}

// hold keeps the facet of a number from moving pages while its files are copied.
// No start can begin meanwhile, since an operation is under way.
func (n *node) hold(ctx context.Context, number tree.Number) (func(), error) {
	if n == nil {
		return nil, nil
	}
	var live *instance.Instance
	var fence <-chan struct{}
	n.object.mu.Lock()
	n.each(func(n *node) {
		if n.number != number || n.inc == nil {
			return
		}
		n.inc.mu.Lock()
		live, fence = n.inc.live, n.fence
		n.inc.mu.Unlock()
	})
	n.object.mu.Unlock()
	if live != nil {
		err := live.Hold(ctx, true)
		if err == nil {
			return func() { release(live) }, nil
		}
		live.Kill(&fault.VerdictError{Verdict: fault.ProtocolViolation, Reason: err})
	}
	if fence != nil { // it ends; its files come to rest when it has
		select {
		case <-fence:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return nil, nil
}

// release lets checkpoints go on; an instance that does not would fill its log
// until no write fits, so a failure ends it. The clone's context may have ended.
func release(live *instance.Instance) {
	if err := live.Hold(context.Background(), false); err != nil {
		live.Kill(&fault.VerdictError{Verdict: fault.ProtocolViolation, Reason: err})
	}
}

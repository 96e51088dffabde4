package supervisor

import (
	"context"
	"fmt"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/tree"
)

// maxDepth is how many levels a tree may have, the object included (fact F84).
const maxDepth = 4

// Facets are the children of an object or of a facet. Safe for concurrent use.
type Facets struct {
	parent *node
	of     *incarnation // the parent's that asks; nil: the supervisor's own code
	err    error        // of the stub it was asked of
}

// Get returns a stub for the facet of a name. It is lazy: nothing is started or
// made on disk before the first call (fact F3). While an instance runs, or is
// remembered, callback is not called (fact F7). A name that cannot be one makes
// every call fail.
func (f *Facets) Get(name string, callback Callback) *Stub {
	if err := f.check(name); err != nil {
		return &Stub{err: err}
	}
	o := f.parent.object
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := f.ended(); err != nil {
		return &Stub{err: err}
	}
	if f.of != nil {
		f.parent.sweep()
	}
	n := f.parent.child(name)
	n.held = n.held || f.of == nil
	return &Stub{inc: n.current(), callback: callback}
}

// ended returns why the asking parent has no say any more. The object's mu is
// held: what the parent still says must not bring back what was deleted with it.
func (f *Facets) ended() error {
	if f.of == nil {
		return nil
	}
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	if f.of.dead != nil {
		return f.of.dead
	}
	return nil
}

func (f *Facets) check(name string) error {
	if f.err != nil {
		return f.err
	}
	if f.parent.object.entry != nil {
		return errNoFacets
	}
	if err := tree.CheckName(name); err != nil {
		return err
	}
	if f.parent.depth >= maxDepth {
		return ErrDepth
	}
	return nil
}

// Abort ends the facet and all below it: calls under way and all stubs there are
// fail with reason, for ever; the data stays (facts F55 to F66). It does nothing
// where no stub was ever made. It does not wait for the processes to be gone;
// the next start does.
func (f *Facets) Abort(name string, reason error) error {
	if reason == nil {
		return ErrNoReason
	}
	if err := f.check(name); err != nil {
		return err
	}
	o := f.parent.object
	o.mu.Lock()
	n := f.parent.children[name]
	err := f.ended()
	var end func()
	if n != nil && err == nil {
		end = n.kill(fault.Aborted, reason)
	}
	o.mu.Unlock()
	if end != nil {
		end()
	}
	return err
}

// Delete ends the facet and all below it with "Facet was deleted." and erases
// their data (facts F71 to F74). It returns when the data is gone. A name that
// never existed is no error.
func (f *Facets) Delete(name string) error { return finish(f.beginDelete(name)) }

// finish finishes what a begin function began.
func finish(rest remainder, err error) error {
	if err != nil {
		return err
	}
	return rest(context.Background())
}

// remainder is what remains of an operation that was begun; it is to be called. The
// context bounds what may be given up half way, which is the copying of files.
type remainder func(context.Context) error

// beginDelete does what needs no waiting; what it returns does the rest.
func (f *Facets) beginDelete(name string) (remainder, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	return f.begin(func(<-chan struct{}) operation {
		gone := f.remove(name, errDeleted)
		return func(_ context.Context, h *tree.Object) error {
			gone()
			parent, ok := f.parent.lookup(h)
			if !ok {
				return nil
			}
			if number, ok := h.Lookup(parent, name); ok {
				return h.Delete(number)
			}
			return nil
		}
	})
}

// DeleteAll deletes every facet (fact F83).
func (f *Facets) DeleteAll() error { return finish(f.beginDeleteAll()) }

func (f *Facets) beginDeleteAll() (remainder, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.begin(func(<-chan struct{}) operation {
		var gone []func()
		for name := range f.parent.children {
			gone = append(gone, f.remove(name, errDeleted))
		}
		return func(_ context.Context, h *tree.Object) error {
			for _, g := range gone {
				g()
			}
			parent, ok := f.parent.lookup(h)
			if !ok {
				return nil
			}
			for _, e := range h.Children(parent) {
				if err := h.Delete(e.Number); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

var (
	errDeleted = &fault.RemoteError{Name: "Error", Message: "Facet was deleted."}
	errCloned  = &fault.RemoteError{Name: "Error", Message: "Facet was cloned-over."}
)

// remove takes a node out of the tree and ends everything in it. The function it
// returns ends the processes and waits until they are gone; it is to be called
// without the object's mu, which is held now.
func (f *Facets) remove(name string, reason error) func() {
	n := f.parent.children[name]
	if n == nil {
		return func() {}
	}
	delete(f.parent.children, name)
	end := n.kill(fault.Deleted, reason)
	var fences []<-chan struct{}
	n.each(func(n *node) {
		if n.fence != nil {
			fences = append(fences, n.fence)
		}
	})
	return func() {
		end()
		for _, c := range fences {
			<-c
		}
	}
}

// kill ends the node's incarnation and those below it. The function it returns
// kills the processes, and is to be called without the object's mu.
func (n *node) kill(v fault.Verdict, reason error) func() {
	var ends []func()
	n.each(func(n *node) {
		if n.inc == nil {
			return
		}
		verdict := &fault.VerdictError{Verdict: v, Facet: n.path, Reason: reason}
		if i := n.inc.detach(verdict); i != nil {
			ends = append(ends, func() { i.Kill(verdict) })
		}
		n.inc = nil
	})
	return func() {
		for _, end := range ends {
			end()
		}
	}
}

// operation changes an object's files.
type operation func(context.Context, *tree.Object) error

// begin begins an operation on the object's files; what it returns is to be
// called, and runs it. prepare is called with the object's mu held: what it does
// and the operation's place in the order are one step, so every later start sees
// the result; it is given what is closed when the operation is over. Operations run
// one after another; a start waits for those before it.
func (f *Facets) begin(prepare func(over <-chan struct{}) operation) (remainder, error) {
	o := f.parent.object
	if err := o.host.begin(); err != nil {
		return nil, err
	}
	o.mu.Lock()
	if err := f.ended(); err != nil {
		o.mu.Unlock()
		o.host.work.Done()
		return nil, err
	}
	over := make(chan struct{})
	run := prepare(over)
	before := o.tail
	o.tail = over
	o.mu.Unlock()
	return func(ctx context.Context) error {
		defer o.host.work.Done()
		defer close(over)
		<-before
		h, err := o.open()
		if err != nil {
			return fmt.Errorf("object %s: %w", o.root.path, err)
		}
		defer h.Close()
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(o.host.ctx, func() { cancel(context.Cause(o.host.ctx)) })()
		return run(ctx, h)
	}, nil
}

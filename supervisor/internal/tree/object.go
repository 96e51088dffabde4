//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// Object is a handle of one object's facet tree. Safe for concurrent use, but
// for Close, after which the handle must not be used: it then finds nothing and
// changes nothing.
type Object struct {
	o      *object
	closed atomic.Bool
}

// object is the state that the handles of one object share.
type object struct {
	store   *Store
	key     objectKey
	handles int // guarded by store.mu

	mu      sync.Mutex // guards what follows; held across the sync of an index record
	loaded  bool
	dir     *dir   // nil until something of the object is on disk
	index   *index // nil as long as dir is
	opening map[Number]bool
}

// Close gives the handle back. Files opened through it stay open.
func (h *Object) Close() error {
	if h.closed.Swap(true) {
		return nil
	}
	return h.o.store.drop(h.o)
}

// load reads what is on disk, once.
func (o *object) load() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.loaded {
		return nil
	}
	d, err := o.store.findObjectDir(o.key)
	if errors.Is(err, os.ErrNotExist) {
		o.loaded = true
		return nil
	}
	if err != nil {
		return err
	}
	x, err := openSwept(d)
	if err != nil {
		return errors.Join(err, d.close())
	}
	// A directory without an index is one that a crash kept from getting it.
	if x == nil {
		o.loaded = true
		return d.close()
	}
	o.dir, o.index, o.loaded = d, x, true
	return nil
}

// release closes the descriptors; no handle is left.
func (o *object) release() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dir == nil {
		return nil
	}
	return errors.Join(o.index.close(), o.dir.close())
}

// ensureLocked puts the object on disk.
func (o *object) ensureLocked() error {
	if o.dir != nil {
		return nil
	}
	d, err := o.store.makeObjectDir(o.key)
	if err != nil {
		return err
	}
	x, err := openSwept(d)
	if err == nil && x == nil {
		x, err = writeIndex(d, newTree())
	}
	if err != nil {
		return errors.Join(err, d.close())
	}
	o.dir, o.index = d, x
	return nil
}

// lock locks the object for one call through this handle.
func (h *Object) lock() (*object, error) {
	h.o.mu.Lock()
	if h.closed.Load() { // looked at under mu, which release takes after
		h.o.mu.Unlock()
		return nil, h.errClosed()
	}
	return h.o, nil
}

// pin keeps the object open for a call that works without its lock.
func (h *Object) pin() (o *object, unpin func(), err error) {
	s := h.o.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.closed.Load() { // drop takes s.mu after closed is set
		return nil, nil, h.errClosed()
	}
	h.o.handles++
	return h.o, func() { s.drop(h.o) }, nil
}

func (h *Object) errClosed() error {
	return fmt.Errorf("object %s/%s: %w", h.o.key.namespace, h.o.key.id, ErrClosed)
}

// Lookup finds a facet by its parent (0: the object) and name.
func (h *Object) Lookup(parent Number, name string) (Number, bool) {
	o, err := h.lock()
	if err != nil {
		return 0, false
	}
	defer o.mu.Unlock()
	if n := o.nodeLocked(parent); n != nil {
		number, ok := n.children[name]
		return number, ok
	}
	return 0, false
}

// nodeLocked returns a live node, nil where there is none.
func (o *object) nodeLocked(n Number) *node {
	if o.index == nil {
		return nil
	}
	return o.index.tree.nodes[n]
}

// Create gives a facet its number, durably; its files are made by the first
// OpenFiles. Errors: ErrBadName, ErrNameTooLong, ErrDepth, ErrTooMany, ErrNotFound (the
// parent), ErrExists (then the number is that of the facet there is).
func (h *Object) Create(parent Number, name string) (Number, error) {
	if err := CheckName(name); err != nil {
		return 0, err
	}
	o, err := h.lock()
	if err != nil {
		return 0, err
	}
	defer o.mu.Unlock()
	if parent != 0 && o.nodeLocked(parent) == nil {
		return 0, fmt.Errorf("%w: parent %d", ErrNotFound, parent)
	}
	if err := o.ensureLocked(); err != nil {
		return 0, err
	}
	create := op{kind: opCreate, number: o.index.tree.next, parent: parent, name: name}
	if err := o.index.tree.check(create); err != nil {
		return o.index.tree.nodes[parent].children[name], err
	}
	if len(o.index.tree.nodes) > maxFacets { // the object counts as one
		return 0, ErrTooMany
	}
	if _, err := o.index.append(create); err != nil {
		return 0, err
	}
	return create.number, nil
}

// Children lists the facets of a parent (0: the object) by ascending number;
// none where the parent does not exist.
func (h *Object) Children(parent Number) []Entry {
	o, err := h.lock()
	if err != nil {
		return nil
	}
	defer o.mu.Unlock()
	if o.nodeLocked(parent) == nil {
		return nil
	}
	var out []Entry
	for _, n := range o.index.tree.childNumbers(parent) {
		out = append(out, Entry{
			Name:          o.index.tree.nodes[n].name,
			Number:        n,
			DatabaseBytes: o.dir.size(databaseName(n)),
			WALBytes:      o.dir.size(walName(n)),
		})
	}
	return out
}

// Subtree lists a facet and all below it, parents before children; nil where
// the facet does not exist.
func (h *Object) Subtree(n Number) []Number {
	o, err := h.lock()
	if err != nil {
		return nil
	}
	defer o.mu.Unlock()
	if o.nodeLocked(n) == nil {
		return nil
	}
	return o.index.tree.subtree(n)
}

//go:build linux

package tree

import (
	"errors"
	"fmt"
)

// Delete ends a facet and all below it, durably, and removes their files. Once
// the index record is durable the facets are gone: an error that comes after,
// from removing a file, is returned, and the next opening of the object tries
// again. Whoever runs a facet's process stops it before; files that are open
// live on without a name until they are closed. Errors: ErrNotFound.
func (h *Object) Delete(n Number) error {
	o, err := h.lock()
	if err != nil {
		return err
	}
	defer o.mu.Unlock()
	if n == 0 || o.nodeLocked(n) == nil {
		return fmt.Errorf("%w: number %d", ErrNotFound, n)
	}
	return o.commitLocked(op{kind: opDelete, number: n})
}

// DeleteAll deletes every facet of the object at once; its own database is not
// touched (fact F83). An object without facets is no error.
func (h *Object) DeleteAll() error {
	o, err := h.lock()
	if err != nil {
		return err
	}
	defer o.mu.Unlock()
	if o.nodeLocked(0) == nil {
		return nil
	}
	var ops []op
	for _, n := range o.index.tree.childNumbers(0) {
		ops = append(ops, op{kind: opDelete, number: n})
	}
	if len(ops) == 0 {
		return nil
	}
	return o.commitLocked(ops...)
}

// commitLocked makes a change durable, then removes what it ended: the other
// way round a crash would leave a live facet without its data.
func (o *object) commitLocked(ops ...op) error {
	ended, err := o.index.append(ops...)
	if err != nil {
		return err
	}
	var errs []error
	for _, n := range ended {
		errs = append(errs, failpoint("delete:remove"), o.removeFiles(n))
	}
	if o.index.mostlyDead() {
		o.index = o.index.compacted()
	}
	return errors.Join(errs...)
}

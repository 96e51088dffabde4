//go:build linux

package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Clone makes dst a copy of src with everything below it; both are names of
// facets of parent (0: the object). A dst that is there is replaced, whole, by
// one index record: a crash leaves the old one or the new one. A src that does
// not exist leaves no dst (fact F78); src equal to dst changes nothing on disk
// (fact F79). Files are copied without the object's lock. It returns dst's new
// number, 0 where there is none. hold may be nil where no facet runs. Errors:
// the name errors, ErrNotFound where parent, or src while it was being copied,
// was deleted; then dst is as it was.
func (h *Object) Clone(ctx context.Context, parent Number, src, dst string, hold Hold) (Number, error) {
	if err := errors.Join(CheckName(src), CheckName(dst)); err != nil {
		return 0, err
	}
	o, unpin, err := h.pin()
	if err != nil {
		return 0, err
	}
	defer unpin()
	c, err := o.planClone(parent, src, dst)
	if err != nil || c == nil {
		number, _ := h.Lookup(parent, dst)
		return number, err
	}
	err = c.copyAll(ctx, hold)
	if err == nil {
		var swapped bool
		if swapped, err = c.swap(); swapped {
			return c.numbers[c.nodes[0].number], err
		}
	}
	return 0, errors.Join(err, c.discard())
}

// clone is one running clone: the facets to copy, as they were when it began,
// and the numbers their copies get.
type clone struct {
	o       *object
	parent  Number
	dst     string
	nodes   []node // parents before children; the first is src
	numbers map[Number]Number
}

// planClone takes down what to copy and reserves numbers for the copies. It
// returns nil where nothing is to be copied.
func (o *object) planClone(parent Number, src, dst string) (*clone, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.nodeLocked(parent)
	if p == nil {
		if parent == 0 {
			return nil, nil // nothing on disk, so neither src nor dst
		}
		return nil, fmt.Errorf("%w: parent %d", ErrNotFound, parent)
	}
	if p.depth >= maxDepth {
		return nil, ErrDepth
	}
	from, ok := p.children[src]
	if !ok {
		if old, ok := p.children[dst]; ok {
			return nil, o.commitLocked(op{kind: opDelete, number: old})
		}
		return nil, nil
	}
	if src == dst {
		return nil, nil
	}
	c := &clone{o: o, parent: parent, dst: dst, numbers: map[Number]Number{}}
	t := o.index.tree
	next := t.next
	if copies := len(t.subtree(from)); len(t.nodes)+copies-1 > maxFacets {
		return nil, ErrTooMany
	}
	for _, n := range t.subtree(from) {
		c.nodes = append(c.nodes, *t.nodes[n])
		c.numbers[n] = next
		next++
	}
	// Without this record files of the new numbers would be unknown to the
	// index; with it the sweep knows that they may go.
	if _, err := o.index.append(op{kind: opNext, number: next}); err != nil {
		return nil, err
	}
	return c, failpoint("clone:reserved")
}

func (c *clone) copyAll(ctx context.Context, hold Hold) error {
	for _, n := range c.nodes {
		if err := c.copyOne(ctx, n.number, hold); err != nil {
			return err
		}
		if err := failpoint("clone:copied"); err != nil {
			return err
		}
	}
	for _, n := range c.nodes {
		if err := c.syncOne(c.numbers[n.number]); err != nil {
			return err
		}
	}
	if err := c.o.dir.sync(); err != nil {
		return err
	}
	return failpoint("clone:synced")
}

// copyOne copies a facet's files while checkpoints are held: in WAL mode only a
// checkpoint changes the database, and any prefix of the log that is copied
// after it is a log. The copies are synced after the release.
func (c *clone) copyOne(ctx context.Context, n Number, hold Hold) error {
	if hold != nil {
		release, err := hold(ctx, n)
		if err != nil {
			return fmt.Errorf("clone: facet %d cannot hold its checkpoints: %w", n, err)
		}
		if release != nil {
			defer release()
		}
	}
	to := c.numbers[n]
	err := c.o.copyFile(ctx, databaseName(n), databaseName(to))
	if errors.Is(err, os.ErrNotExist) {
		return c.missing(n)
	}
	if err != nil {
		return err
	}
	err = c.o.copyFile(ctx, walName(n), walName(to))
	if errors.Is(err, os.ErrNotExist) {
		return c.missing(n)
	}
	return err
}

// missing tells a facet that never had files from one that was deleted.
func (c *clone) missing(n Number) error {
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	if c.o.nodeLocked(n) == nil {
		return fmt.Errorf("clone: %w: number %d was deleted meanwhile", ErrNotFound, n)
	}
	return nil
}

func (c *clone) syncOne(n Number) error {
	for _, name := range []string{databaseName(n), walName(n)} {
		f, err := c.o.dir.open(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// swap puts the copy in dst's place. swapped says that the copy is live; an
// error then is of removing dst's old files.
func (c *clone) swap() (swapped bool, err error) {
	o := c.o
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.nodeLocked(c.parent)
	if p == nil {
		return false, fmt.Errorf("clone: %w: parent %d was deleted meanwhile", ErrNotFound, c.parent)
	}
	var ops []op
	if old, ok := p.children[c.dst]; ok {
		ops = append(ops, op{kind: opDelete, number: old})
	}
	for i, n := range c.nodes {
		create := op{kind: opCreate, number: c.numbers[n.number], parent: c.numbers[n.parent], name: n.name}
		if i == 0 {
			create.parent, create.name = c.parent, c.dst
		}
		ops = append(ops, create)
	}
	err = o.commitLocked(ops...)
	return o.nodeLocked(c.numbers[c.nodes[0].number]) != nil, err
}

// discard removes what was copied. An index that does not know whether the swap
// is on disk leaves the files to the sweep that follows when it is read again.
func (c *clone) discard() error {
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	if c.o.index.broken != nil {
		return nil
	}
	var errs []error
	for _, n := range c.numbers {
		errs = append(errs, c.o.removeFiles(n))
	}
	return errors.Join(errs...)
}

//go:build linux

package tree

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// openSwept opens the index of an object's directory and removes what crashes
// left beside it. It returns nil where there is no index; then no facet's file
// may be there either.
func openSwept(d *dir) (x *index, err error) {
	x, err = openIndex(d)
	if err != nil {
		return nil, err
	}
	if err := sweep(d, x); err != nil {
		if x != nil {
			x.close()
		}
		return nil, err
	}
	return x, nil
}

// sweep removes temporary files and the files of numbers that are used up and
// not live. A facet's file with a number that the index never gave is proof of
// damage (numbers are reserved before files are made): it is an error, and
// nothing is removed.
func sweep(d *dir, x *index) error {
	names, err := d.list()
	if err != nil {
		return err
	}
	var dead []string
	for _, name := range names {
		n, temp, ok := parseFileName(name)
		switch {
		case name == indexNewName, ok && temp:
			dead = append(dead, name)
		case !ok:
		case x == nil:
			return fmt.Errorf("%s: %w: it is missing, but %s is there; restore the object's directory from a backup", d.join(indexName), ErrCorrupt, name)
		case x.tree.nodes[n] != nil:
		case n < x.tree.next:
			dead = append(dead, name)
		default:
			return fmt.Errorf("%s: %w: it has never heard of %s; restore the object's directory from a backup, or move that file away", d.join(indexName), ErrCorrupt, name)
		}
	}
	for _, name := range dead {
		if err := d.removeRegular(name); err != nil {
			return err
		}
	}
	// A crash may have come between an earlier rename and its sync.
	return d.sync()
}

// removeRegular removes a file that this package may have made, and leaves
// anything else.
func (d *dir) removeRegular(name string) error {
	var st unix.Stat_t
	if unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil
	}
	return d.remove(name)
}

// Sweep opens and closes every object once, so that what crashes left in
// objects that nobody uses any more is removed too. It goes on after an error
// and returns all of them; meant to run beside the daemon's work.
func (s *Store) Sweep(ctx context.Context) error {
	refs, err := s.Objects()
	errs := []error{err}
	for _, r := range refs {
		if ctx.Err() != nil {
			return errors.Join(append(errs, ctx.Err())...)
		}
		o, err := s.Object(r.Namespace, r.ID)
		if err == nil {
			err = o.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

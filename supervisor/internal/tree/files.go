//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// OpenFiles opens the files of a facet, or with number 0 those of the object's own
// class, making them from the template, durably, where there are none. (OpenDB is
// another database of the object: that of code in the supervisor.) Errors:
// ErrNotFound, ErrBusy, ErrRefused.
func (h *Object) OpenFiles(n Number) (*Files, error) {
	o, unpin, err := h.pin()
	if err != nil {
		return nil, err
	}
	defer unpin()
	if err := o.beginOpening(n); err != nil {
		return nil, err
	}
	f, err := o.openFiles(n)
	return o.endOpening(n, f, err)
}

// beginOpening marks a live facet as being opened: the files are made without
// the object's lock, and by one caller only.
func (o *object) beginOpening(n Number) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n == 0 {
		if err := o.ensureLocked(); err != nil {
			return err
		}
	}
	if o.nodeLocked(n) == nil {
		return fmt.Errorf("%w: number %d", ErrNotFound, n)
	}
	if o.opening[n] {
		return fmt.Errorf("%s: %w", o.dir.join(databaseName(n)), ErrBusy)
	}
	if o.opening == nil {
		o.opening = map[Number]bool{}
	}
	o.opening[n] = true
	return nil
}

// endOpening takes the result back if the facet was deleted meanwhile.
func (o *object) endOpening(n Number, f *Files, err error) (*Files, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.opening, n)
	if o.nodeLocked(n) != nil {
		return f, err
	}
	if err == nil {
		f.Close()
	}
	return nil, errors.Join(fmt.Errorf("%w: number %d was deleted", ErrNotFound, n), o.removeFiles(n))
}

func (o *object) openFiles(n Number) (*Files, error) {
	f := &Files{}
	var err error
	f.DB, err = o.dir.open(databaseName(n))
	if errors.Is(err, os.ErrNotExist) {
		err = o.createFiles(n, f)
	} else if err == nil {
		err = o.openExisting(n, f)
	}
	if err == nil {
		err = o.checkSizes(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// openExisting goes on from an open database. One without a log is whole: it
// was restored from a copy made after a clean stop.
func (o *object) openExisting(n Number, f *Files) error {
	if err := fence(f.DB); err != nil {
		return err
	}
	made, err := o.openWAL(n, f)
	if err == nil && made {
		err = o.dir.sync()
	}
	return err
}

// openWAL opens the log, or makes an empty one.
func (o *object) openWAL(n Number, f *Files) (made bool, err error) {
	f.WAL, err = o.dir.open(walName(n))
	if errors.Is(err, os.ErrNotExist) {
		made = true
		f.WAL, err = o.dir.create(walName(n))
	}
	return made, err
}

// createFiles makes the log first and the database last: a database that has
// its name is complete, and its log is there.
func (o *object) createFiles(n Number, f *Files) error {
	if _, err := o.openWAL(n, f); err != nil {
		return err
	}
	if o.dir.size(walName(n)) > 0 {
		return fmt.Errorf("%s: %w: it holds data but its database is missing; restore the object's directory from a backup, or delete the facet", f.WAL.Name(), ErrCorrupt)
	}
	var err error
	f.DB, err = o.createDatabase(n)
	return err
}

// createDatabase gives a facet its database, durably, and takes all of it back
// where it cannot.
func (o *object) createDatabase(n Number) (*os.File, error) {
	name, temp := databaseName(n), databaseName(n)+tempSuffix
	if err := o.dir.removeRegular(temp); err != nil { // left by a failure
		return nil, err
	}
	db, err := o.dir.createFor(temp, name)
	if err != nil {
		return nil, err
	}
	made := temp
	if err = fillFromTemplate(db); err == nil {
		err = o.dir.renameNew(temp, name)
	}
	if err == nil {
		made = name
		if err = failpoint("create:renamed"); err == nil {
			err = o.dir.sync()
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close(), o.dir.remove(made))
	}
	return db, nil
}

// fillFromTemplate writes, syncs and fences a new database.
func fillFromTemplate(db *os.File) error {
	if _, err := db.Write(template); err != nil {
		return err
	}
	if err := failpoint("create:written"); err != nil {
		return err
	}
	if err := db.Sync(); err != nil {
		return err
	}
	if err := failpoint("create:synced"); err != nil {
		return err
	}
	return fence(db)
}

// fence takes the lock that keeps a second owner out.
func fence(db *os.File) error {
	err := control(db, func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w; it has to end first", db.Name(), ErrBusy)
	}
	return err
}

// checkSizes refuses files larger than any quota allows, sparse ones too.
func (o *object) checkSizes(f *Files) error {
	for _, file := range []*os.File{f.DB, f.WAL} {
		st, err := file.Stat()
		if err != nil {
			return err
		}
		if limit := o.store.opts.MaxFileBytes; st.Size() > limit {
			return &RefusedError{file.Name(), fmt.Sprintf("it has %d bytes, the limit is %d", st.Size(), limit)}
		}
	}
	return nil
}

// removeFiles removes the files of a number that is not live.
func (o *object) removeFiles(n Number) error {
	return errors.Join(o.dir.remove(databaseName(n)), o.dir.remove(walName(n)))
}

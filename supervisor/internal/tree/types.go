package tree

import (
	"context"
	"errors"
	"os"
)

// Options of a store. The zero value is the default.
type Options struct {
	// MaxFileBytes is the largest facet file, in bytes of apparent size, that
	// is opened or copied. 0 means 1 TiB less one: nothing that a quota of this
	// program allows comes near.
	MaxFileBytes int64
}

// Ref names an object.
type Ref struct{ Namespace, ID string }

// Entry describes a facet.
type Entry struct {
	Name   string
	Number Number
	// Sizes of the files in bytes; 0 where there is none yet.
	DatabaseBytes int64
	WALBytes      int64
}

// Files are a facet's open database and write-ahead log, for a facet-runner to
// inherit. The holder closes both; descriptors passed on are the receiver's.
//
// The database carries a flock(2) on its open file description: as long as any
// descriptor of it is open anywhere, in the supervisor or in a runner, the
// facet cannot be opened again. So a second owner has to wait until the first
// is dead, not merely until the supervisor has forgotten it. A runner must not
// be allowed flock, which could undo it, nor fchmod, which could make the file
// one that is refused next time; its system call filter sees to that.
type Files struct {
	DB, WAL *os.File
}

// Close closes the files.
func (f *Files) Close() error {
	var errs []error
	for _, file := range []*os.File{f.DB, f.WAL} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}

// Hold is called before the files of a running facet are copied: it makes the
// facet's process stop checkpointing until release is called, so that database
// and log, copied in this order, fit. For a facet that does not run it returns
// a release that does nothing. release may be nil.
type Hold func(ctx context.Context, n Number) (release func(), err error)

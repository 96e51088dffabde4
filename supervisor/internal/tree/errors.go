package tree

import (
	"errors"
	"fmt"
)

// The errors that callers tell apart. All are wrapped with the place and, where
// there is one, the remedy; use errors.Is.
var (
	// ErrLocked: another process has the data directory.
	ErrLocked = errors.New("data directory is in use")
	// ErrRefused: something below the data directory is not what it has to be.
	// The error is a *RefusedError.
	ErrRefused = errors.New("refused")
	// ErrCorrupt: facets.index, or what it says of the files, is damaged.
	ErrCorrupt = errors.New("facet index is damaged")
	// ErrBusy: the facet's files have an owner that is not dead yet.
	ErrBusy = errors.New("facet files are in use by another process")
	// ErrNotFound: the number is not, or no longer, that of a facet.
	ErrNotFound = errors.New("no such facet")
	// ErrExists: the parent has a facet of this name.
	ErrExists = errors.New("facet exists")
	// ErrClosed: the store or the object was closed.
	ErrClosed = errors.New("closed")
	// ErrBadName: a namespace, object id or facet name that cannot be one.
	ErrBadName = errors.New("bad name")
	// ErrTooMany: the object has as many facets as one may have.
	ErrTooMany = errors.New("the object has 65535 facets, which is the most; delete some")
	// ErrUnsupported: the kernel lacks something the package cannot do without.
	ErrUnsupported = errors.New("not supported by this system")

	// ErrNameTooLong and ErrDepth reach applications; the texts are those the
	// catalogue records (F21, F84).

	//lint:ignore ST1005 fact F21
	ErrNameTooLong = errors.New("Facet name is too long (max 256 characters).")
	//lint:ignore ST1005 fact F84
	ErrDepth = errors.New("Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4.")
)

// RefusedError says what was refused and why. Nothing was changed.
type RefusedError struct {
	Path   string
	Reason string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("refused %s: %s; put it right or move it away, it was left as it is", e.Path, e.Reason)
}

// Unwrap makes errors.Is(err, ErrRefused) hold.
func (e *RefusedError) Unwrap() error { return ErrRefused }

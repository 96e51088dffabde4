package refs

import (
	"errors"
	"sync"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// Bounds of a table, and of a list in a message (docs/projects.md).
const (
	MaxHandles = 4096            // of exports of others
	MaxExports = 16 * MaxHandles // so that one who keeps all it is given leaves room for others
	MaxRefs    = 1024
	// MaxBytes bounds what the durable handles of a table keep in memory. A runtime
	// gives those back when its collector finds them, so many small ones have room.
	MaxBytes = 16 << 20
)

var (
	// ErrUnknown: the instance named a handle that it does not have, or an export in
	// two ways. No honest one does.
	ErrUnknown = errors.New("a reference that there is not")
	// ErrHandles and ErrExports: the table is full.
	ErrHandles = errors.New("the receiver holds as many functions, objects and streams of others (4096) or stubs (16 MiB) as it may: dispose of those that are not used")
	ErrExports = errors.New("others hold as many functions, objects and streams of the sender as they may (65536): dispose of stubs that are not used")
)

// Resolve makes what a runner's target stands for. props are what its props refer
// to. It is called on the goroutine that receives what the runner says and must not
// block.
type Resolve func(r *facetv1.Ref, props []Cap) (Cap, error)

// Table is that of one instance. Safe for concurrent use.
type Table struct {
	owner   any
	resolve Resolve

	mu      sync.Mutex // no other table's is taken while it is held
	release func(number uint64, count uint32)
	ended   error
	handles map[uint64]Cap
	last    uint64 // number of the latest handle
	bytes   int
	foreign int // handles of exports
	exports map[uint64]*Export
}

// New makes the table of an instance, which owner stands for.
func New(owner any, resolve Resolve) *Table {
	return &Table{owner: owner, resolve: resolve, handles: make(map[uint64]Cap), exports: make(map[uint64]*Export)}
}

// Attach says how the instance is told that nobody holds an export any more. The
// function must not block.
func (t *Table) Attach(release func(number uint64, count uint32)) {
	t.mu.Lock()
	t.release = release
	t.mu.Unlock()
}

// Lookup returns what a handle stands for; false where the instance has none of
// that number. The caller drops it.
func (t *Table) Lookup(handle uint64) (Cap, bool) {
	t.mu.Lock()
	c, ok := t.handles[handle]
	t.mu.Unlock()
	if ok && c.Export != nil {
		c.Export.hold() // the handle may be released meanwhile: see Release
	}
	return c, ok
}

// Release drops a handle of the instance; false where it has none of that number.
// Lookup, Receive and Release are called by the goroutine that receives what the
// instance says, so a handle does not go away between them.
func (t *Table) Release(handle uint64) bool {
	t.mu.Lock()
	c, ok := t.take(handle)
	t.mu.Unlock()
	Drop(c)
	return ok
}

// take removes a handle; t.mu is held.
func (t *Table) take(handle uint64) (Cap, bool) {
	c, ok := t.handles[handle]
	if ok {
		delete(t.handles, handle)
		t.bytes -= c.Bytes
		if c.Export != nil {
			t.foreign--
		}
	}
	return c, ok
}

// End drops what the instance held. What others hold of it stays theirs and leads
// to its owner, which has ended; err must not be nil.
func (t *Table) End(err error) {
	t.mu.Lock()
	if t.ended != nil {
		t.mu.Unlock()
		return
	}
	t.ended = err
	handles := t.handles
	t.handles, t.exports, t.bytes = nil, nil, 0
	t.mu.Unlock()
	for _, c := range handles {
		Drop(c)
	}
}

// Counts returns how many handles the instance holds and how many of its exports
// are held.
func (t *Table) Counts() (handles, exports int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.handles), len(t.exports)
}

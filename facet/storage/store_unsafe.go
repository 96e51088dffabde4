package storage

/*
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra -Werror -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2
#cgo LDFLAGS: -lpthread -lm
#include <stdlib.h>
#include "storage.h"
#include "wrapper.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"

	_ "github.com/mattn/go-sqlite3" // links SQLite, whose C symbols storage.h's code calls
)

// Limits bound one store. The zero value of a field is its default.
type Limits struct {
	// MaxPages is the largest number of 4096-byte pages of the database; a
	// write beyond fails with SQLITE_FULL. Zero: 262144 (1 GiB).
	MaxPages uint32
	// HeapBytes is what SQLite may allocate in the whole process. Zero: 64 MiB.
	HeapBytes uint64
	// WALFrames is the largest number of 4120-byte frames of the log. Zero:
	// 32768; at least 8192.
	WALFrames uint32
}

// Store is one open database. Its methods may be called from any goroutine, one
// at a time takes effect; turns are the caller's to keep apart.
type Store struct {
	mu   sync.Mutex
	c    *C.fst_store
	dead *C.fst_deadline
}

// Init initialises SQLite and makes the descriptor VFS the only one of the
// process. Call it before a seccomp filter is installed; Open calls it too.
func Init() error {
	if C.fst_init() != C.FST_OK {
		return errors.New("initialise SQLite: its version is not that of sqlite3.h (copy the module's sqlite3-binding.h anew), or it was configured before")
	}
	return nil
}

// Open opens the store behind two raw descriptors, which it owns from then on
// (and leaves alone on error). They are numbers because an *os.File that is only
// kept for its Fd is closed by the collector.
func Open(dbFd, walFd int, l Limits) (*Store, error) {
	limits := C.fst_limits{
		max_pages:  C.uint32_t(l.MaxPages),
		heap_bytes: C.uint64_t(l.HeapBytes),
		wal_frames: C.uint32_t(l.WALFrames),
	}
	var msg [C.FST_ERRMSG_MAX]C.char
	s := &Store{dead: C.fst_deadline_new()}
	if C.fst_open_with_deadline(C.int(dbFd), C.int(walFd), &limits, s.dead, &s.c, &msg[0]) != C.FST_OK {
		C.fst_deadline_free(s.dead)
		return nil, errors.New(C.GoString(&msg[0]))
	}
	return s, nil
}

// Close rolls back what is uncommitted, syncs and checkpoints what is committed
// and closes the descriptors. Rows must not be used afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		return nil
	}
	rc := C.fst_close(s.c)
	C.fst_deadline_free(s.dead)
	s.c, s.dead = nil, nil
	if rc != C.FST_OK {
		return fmt.Errorf("close storage: something committed may not be on disk: %w", ErrBroken)
	}
	return nil
}

// SetDeadline makes SQL that runs at or after t fail with SQLITE_INTERRUPT; the
// zero time means never.
func (s *Store) SetDeadline(t time.Time) {
	ns := int64(0)
	if !t.IsZero() {
		// The C side reads CLOCK_MONOTONIC; carry the distance over.
		ns = int64(C.fst_monotonic_ns()) + int64(time.Until(t))
	}
	C.fst_deadline_set(s.dead, C.int64_t(ns))
}

// TurnEnd commits what was written since the last one and returns the sequence
// that the turn's output has to wait for.
func (s *Store) TurnEnd() (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var seq C.uint64_t
	rc := C.fst_turn_end(s.c, &seq)
	return uint64(seq), s.err(rc)
}

// TurnRollback throws away what was written since the last TurnEnd.
func (s *Store) TurnRollback() {
	s.mu.Lock()
	defer s.mu.Unlock()
	C.fst_turn_rollback(s.c)
}

// Savepoint opens a savepoint and returns its depth, from 1.
func (s *Store) Savepoint() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rc := C.fst_savepoint(s.c)
	return int(rc), s.err(rc)
}

// Release keeps what was done since the savepoint.
func (s *Store) Release(depth int) error {
	return s.do(func() C.int { return C.fst_release(s.c, C.int(depth)) })
}

// RollbackTo undoes what was done since the savepoint, which is over with it.
func (s *Store) RollbackTo(depth int) error {
	return s.do(func() C.int { return C.fst_rollback_to(s.c, C.int(depth)) })
}

// HoldTransaction keeps the transaction open across TurnEnd until it is called
// with false.
func (s *Store) HoldTransaction(on bool) error {
	return s.do(func() C.int { return C.fst_hold_transaction(s.c, cbool(on)) })
}

// HoldCheckpoints stops checkpoints, so that the database and then the log may be
// copied; it returns when none runs. Holds nest. It does not wait for other
// methods.
func (s *Store) HoldCheckpoints(on bool) { C.fst_hold_checkpoints(s.c, cbool(on)) }

// Idle does housekeeping: checkpoints from 500 frames on, gives free pages back.
func (s *Store) Idle() error { return s.do(func() C.int { return C.fst_idle(s.c) }) }

// DeleteAll drops every table and key of the application.
func (s *Store) DeleteAll() error { return s.do(func() C.int { return C.fst_delete_all(s.c) }) }

// DatabaseSize returns the bytes of the database that are in use.
func (s *Store) DatabaseSize() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int64(C.fst_database_size(s.c))
	if n < 0 {
		return 0, s.err(C.FST_ERROR)
	}
	return n, nil
}

// WALFrames returns the frames of the log that are not in the database yet.
func (s *Store) WALFrames() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(C.fst_wal_frames(s.c))
}

// Committed and Synced return the latest sequence that is committed and durable.
func (s *Store) Committed() uint64 { return uint64(C.fst_committed(s.c)) }

// Synced returns the latest durable sequence.
func (s *Store) Synced() uint64 { return uint64(C.fst_synced(s.c)) }

// WaitSynced waits until seq is durable, or fails with ErrBroken or the
// context's error.
func (s *Store) WaitSynced(ctx context.Context, seq uint64) error {
	for {
		switch C.fst_wait_synced(s.c, C.uint64_t(seq), 50) {
		case C.FST_OK:
			return nil
		case C.FST_BROKEN:
			return ErrBroken
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (s *Store) do(f func() C.int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err(f())
}

// err turns a C result into an error; the caller holds mu.
func (s *Store) err(rc C.int) error {
	if rc >= 0 {
		return nil
	}
	return &Error{
		Message: C.GoString(C.fst_errmsg(s.c)),
		Code:    int(C.fst_errcode(s.c)),
		kind:    map[C.int]error{C.FST_LOST: ErrLost, C.FST_BROKEN: ErrBroken}[rc],
	}
}

func cbool(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// chars lends a Go string to a C call, for its duration only. C reads no byte
// behind size; an empty string still needs an address, because NULL means
// "no bound" to the range functions.
func chars(s string) *C.char {
	if s == "" {
		return (*C.char)(unsafe.Pointer(&empty))
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s)))
}

var empty byte

//go:build linux && amd64 && cgo

package js

/*
#cgo pkg-config: javascriptcoregtk-4.1 icu-uc
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-unused-parameter -fvisibility=hidden -fstack-protector-strong -D_GNU_SOURCE -D_FORTIFY_SOURCE=2
#cgo LDFLAGS: -ldl -lpthread -lm
#include <stdlib.h>
#include "js.h"
// None of these calls back into Go or keeps a Go pointer.
#cgo nocallback fjs_stage
#cgo nocallback fjs_commit
#cgo nocallback fjs_drain
#cgo noescape fjs_drain
*/
import "C"

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/facetd/facetd/facet/storage"
)

// headerSize is the size of fjs_rec, in bytes.
const headerSize = C.sizeof_fjs_rec

// errorSize is enough for any error text of the C side.
const errorSize = 2560

// The Go side has these numbers of its own; a difference does not compile.
var (
	_ = [1]struct{}{}[laneSize-C.FJS_LANE]
	_ = [1]struct{}{}[laneMax-C.FJS_LANE_MAX]
	_ = [1]struct{}{}[laneSkip-C.FJS_SKIP]
)

// laneOf is Go's view of a lane. It is a static object of C, never freed, aligned
// for its words, and written by C with atomic operations only while Go may read it.
func laneOf(c *C.fjs_lane) lane {
	return lane{
		tail:    (*atomic.Uint64)(unsafe.Pointer(&c.tail)),
		head:    (*atomic.Uint64)(unsafe.Pointer(&c.head)),
		slow:    (*atomic.Uint64)(unsafe.Pointer(&c.slow)),
		waiting: (*atomic.Uint32)(unsafe.Pointer(&c.waiting)),
		closed:  (*atomic.Uint32)(unsafe.Pointer(&c.closed)),
		data:    unsafe.Slice((*byte)(unsafe.Pointer(&c.data[0])), laneSize),
	}
}

func lanes() (in laneWriter, out laneReader) {
	return laneWriter{lane: laneOf(&C.fjs_in)}, laneReader{lane: laneOf(&C.fjs_out)}
}

func start(c *Config, eventFD, wakeFD int) error {
	var text [errorSize]C.char
	config := C.fjs_config{
		runtime:      C.CString(c.Runtime), // C frees it
		jit:          C.bool(c.JIT),
		stack_bytes:  C.size_t(c.StackSize),
		cpu_limit_ns: C.uint64_t(limitNanoseconds(c.CPULimit)),
		cpu_grace_ns: C.uint64_t(c.CPUGrace),
		inbox_bytes:  C.size_t(c.InboxSize),
		event_fd:     C.int(eventFD),
		wake_fd:      C.int(wakeFD),
	}
	if rc := C.fjs_start(&config, &text[0], errorSize); rc != C.FJS_OK {
		return fmt.Errorf("js: start the engine: %s", C.GoString(&text[0]))
	}
	return nil
}

// commit writes the records into the staging buffer, which C owns, and queues
// them. The caller holds Engine.post.
func commit(messages []Message, size int) error {
	p := (*byte)(C.fjs_stage(C.size_t(size)))
	if p == nil {
		return ErrInboxFull
	}
	// The buffer has room for size bytes until fjs_commit, see js.h.
	stage := unsafe.Slice(p, size)
	for i := range messages {
		stage = stage[putRecord(stage, &messages[i]):]
	}
	return result(C.fjs_commit(C.size_t(size)))
}

// drain takes what did not go by the lane: it copies the records out of C's
// buffer, which is valid until the next drain, and parses them. What the lane
// holds up to now comes before.
func (e *Engine) drain() error {
	var view C.fjs_view
	C.fjs_drain(&view)
	e.ended = bool(view.closed)
	var err error
	if e.messages, err = e.out.read(e.messages, uint64(view.tail)); err != nil || view.size == 0 {
		return err
	}
	e.bytes = append(e.bytes[:0], unsafe.Slice((*byte)(view.data), int(view.size))...)
	e.messages, err = parseRecords(e.messages, e.bytes)
	return err
}

func openStorage(dbFD, walFD int, limits storage.Limits) error {
	var text [errorSize]C.char
	rc := C.fjs_open_storage(C.int(dbFD), C.int(walFD), C.uint32_t(limits.MaxPages), C.uint64_t(limits.HeapBytes), C.uint32_t(limits.WALFrames),
		C.uint32_t(openTimeout/time.Millisecond), &text[0], errorSize)
	if rc == C.FJS_FAILED {
		return fmt.Errorf("js: open the database: %s", C.GoString(&text[0]))
	}
	return result(rc)
}

func setCPULimit(limit, grace time.Duration) {
	C.fjs_set_cpu_limit(C.uint64_t(limitNanoseconds(limit)), C.uint64_t(grace))
}

func holdCheckpoints(hold bool) { C.fjs_hold_checkpoints(C.bool(hold)) }

func stop(timeout time.Duration) error {
	var text [errorSize]C.char
	rc := C.fjs_stop(C.uint32_t(timeout/time.Millisecond), &text[0], errorSize)
	if rc == C.FJS_FAILED {
		return fmt.Errorf("js: stop the engine: %s", C.GoString(&text[0]))
	}
	return result(rc)
}

func lastAlarm() int64 { return int64(C.fjs_last_alarm()) }

func evaluate(source string, timeout time.Duration) (string, error) {
	var text *C.char
	rc := C.fjs_evaluate(C.CString(source), &text, C.uint32_t(timeout/time.Millisecond)) // C frees the source
	value := C.GoString(text)
	C.free(unsafe.Pointer(text)) // handed over by fjs_evaluate; free(NULL) is fine
	if rc == C.FJS_FAILED {
		return "", errors.New(value)
	}
	return value, result(rc)
}

func result(rc C.int) error {
	switch rc {
	case C.FJS_OK:
		return nil
	case C.FJS_FULL:
		return ErrInboxFull
	case C.FJS_TIMEOUT:
		return ErrTimeout
	default:
		return ErrClosed
	}
}

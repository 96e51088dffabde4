//go:build linux && amd64 && cgo

package js

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/storage"
	"github.com/facetd/facetd/plugin-proto/quiet"
)

// How long a command may wait for the turn that runs before it.
const (
	openTimeout = 10 * time.Second
	stopTimeout = 10 * time.Second
)

// Engine is the process's JavaScript engine. All methods may be called from any
// goroutine; Receive serves one reader at a time.
type Engine struct {
	event  *os.File // eventfd: messages for Go are due
	events syscall.RawConn
	wake   int // eventfd: messages for JavaScript are due

	post sync.Mutex // one writer of the lane and of the staging buffer
	in   laneWriter

	life sync.RWMutex // Stop frees the store that HoldCheckpoints uses

	receive  sync.Mutex
	out      laneReader
	bytes    []byte // what the last drain returned; messages point into it
	messages []Message
	ended    bool
}

var started struct {
	sync.Mutex
	done bool
}

// Start starts the engine, runs the runtime script, and touches everything that
// would need the file system later; afterwards the process may be sealed. A
// process has one engine: a second call fails with [ErrStarted], also after a
// failure. The engine keeps two descriptors, eventfds.
func Start(c Config) (*Engine, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	started.Lock()
	defer started.Unlock()
	if started.done {
		return nil, ErrStarted
	}
	e, fd, err := newEngine()
	if err != nil {
		return nil, err
	}
	started.done = true
	if err := start(&c, fd, e.wake); err != nil {
		_ = e.event.Close()
		_ = unix.Close(e.wake)
		return nil, err
	}
	return e, nil
}

// newEngine also returns the descriptor of e.event.
func newEngine() (e *Engine, fd int, err error) {
	const flags = unix.EFD_CLOEXEC | unix.EFD_NONBLOCK
	if fd, err = unix.Eventfd(0, flags); err != nil {
		return nil, 0, fmt.Errorf("js: make an event descriptor: %w", err)
	}
	e = &Engine{event: os.NewFile(uintptr(fd), "js-events")}
	if e.events, err = e.event.SyscallConn(); err == nil {
		e.wake, err = unix.Eventfd(0, flags)
	}
	if err != nil {
		_ = e.event.Close()
		return nil, 0, fmt.Errorf("js: make an event descriptor: %w", err)
	}
	e.in, e.out = lanes()
	return e, fd, nil
}

// Post queues messages, in order, all or none. They are copied. It never waits:
// when the inbox is full it fails with [ErrInboxFull], after the instance's end
// with [ErrClosed].
func (e *Engine) Post(messages ...Message) error {
	e.post.Lock()
	defer e.post.Unlock()
	size := 0
	for i := range messages {
		n, err := recordSize(&messages[i])
		if err != nil {
			return err
		}
		size += n
	}
	if size == 0 {
		return nil
	}
	if !e.in.put(messages, size) {
		err := commit(messages, size) // wakes
		if err == nil {
			e.in.longWay++
		}
		return err
	}
	if e.in.wakes() {
		return quiet.Signal(e.wake)
	}
	return nil
}

// Receive waits for messages and returns all that are due. They are valid until
// the next Receive. At the end, after Stop, it returns io.EOF.
func (e *Engine) Receive(ctx context.Context) ([]Message, error) {
	e.receive.Lock()
	defer e.receive.Unlock()
	if done := ctx.Done(); done != nil {
		stop := context.AfterFunc(ctx, func() { _ = e.event.SetReadDeadline(time.Unix(1, 0)) })
		defer func() {
			if !stop() {
				_ = e.event.SetReadDeadline(time.Time{})
			}
		}()
	}
	for !e.ended {
		if err := e.take(); err != nil {
			return nil, err
		}
		if len(e.messages) > 0 {
			return e.messages, nil
		}
		if e.ended {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := e.sleep(); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("js: wait for messages: %w", err)
		}
	}
	return nil, io.EOF
}

// sleep waits until something is due. The poller reports each write to the
// eventfd (it is edge-triggered), so nobody has to empty it.
func (e *Engine) sleep() error {
	err := e.events.Read(func(uintptr) bool { return e.out.look() })
	e.out.waiting.Store(0)
	return err
}

// take gives the room of the last messages back and takes what is due.
func (e *Engine) take() error {
	e.out.release()
	e.messages = e.messages[:0]
	if e.out.slow.Load() != 0 {
		return e.drain()
	}
	var err error
	e.messages, err = e.out.read(e.messages, e.out.tail.Load())
	return err
}

// OpenStorage gives the engine its database and write-ahead log. Call it once,
// before the Load message. On success the engine owns both descriptors.
func (e *Engine) OpenStorage(dbFD, walFD int, limits storage.Limits) error {
	return openStorage(dbFD, walFD, limits)
}

// SetCPULimit changes the limit, from the next turn on; see [Config.CPULimit].
func (e *Engine) SetCPULimit(limit time.Duration) { setCPULimit(limit, 0) }

// HoldCheckpoints stops checkpoints (true), so that the database and then the
// WAL may be copied, and returns when none runs; false ends that. Holds nest. It
// does nothing before OpenStorage or after Stop.
func (e *Engine) HoldCheckpoints(hold bool) {
	e.life.RLock()
	defer e.life.RUnlock()
	holdCheckpoints(hold)
}

// Stop lets the script finish the turns that wait already, syncs, checkpoints and
// closes the database, and ends the JavaScript thread. What is due is still
// received, then Receive returns io.EOF. It fails with [ErrTimeout] when the
// script does not yield within ten seconds; a second call with [ErrClosed].
func (e *Engine) Stop() error {
	e.life.Lock()
	defer e.life.Unlock()
	return stop(stopTimeout)
}

// LastAlarm returns the alarm that the database held when Stop closed it, in
// milliseconds since the epoch; -1 for none, -2 where it is not known.
func (e *Engine) LastAlarm() int64 { return lastAlarm() }

// Evaluate runs a script as a turn of its own and returns its result as text.
// An exception is an error. Meant for tests and diagnosis: the runtime is passed
// by.
func (e *Engine) Evaluate(source string) (string, error) {
	return evaluate(source, openTimeout)
}

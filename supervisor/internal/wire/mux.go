package wire

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

const (
	// Window is the initial credit of each direction of each call, in bytes
	// (facet.proto, message Credit).
	Window = 262144
	// MaxPacket is the size at which the sender starts a new packet, in bytes.
	MaxPacket = 256 << 10
	// MaxMessage is the largest gRPC message in either direction, in bytes.
	MaxMessage = 4 << 20
	// maxValue leaves room for the envelope of an encoded value.
	maxValue = MaxMessage - 4096
)

// Stream is the supervisor's end of the Channel call. Send is called by one
// goroutine at a time, and so is Recv.
type Stream interface {
	Send(*facetv1.Packet) error
	Recv() (*facetv1.Packet, error)
}

// ViolationError is the first thing that the runner said and may not say.
type ViolationError struct{ What string }

// Error describes the frame.
func (e *ViolationError) Error() string { return "the runner broke the protocol: " + e.What }

// UnsentError says that a call was not begun, because the instance has ended.
type UnsentError struct{ Err error }

// Error gives the reason.
func (e *UnsentError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *UnsentError) Unwrap() error { return e.Err }

func violation(format string, args ...any) error {
	return &ViolationError{What: fmt.Sprintf(format, args...)}
}

// Config says how a Mux treats what it receives. The functions are called on
// the receiving goroutine, in order, and must not block.
type Config struct {
	// HeaderBytes and HeaderEntries bound a response head; 0 means 65536 and
	// 128.
	HeaderBytes   int
	HeaderEntries int
	// ResponseBytes bounds a response body; 0 means 32 MiB.
	ResponseBytes int64
	// Accept takes the calls that the runner opens; nil means that it may open
	// none. IncomingTime is how long each may take; 0 means as long as it likes.
	Accept       Accept
	IncomingTime time.Duration
	// Incoming is how many it may have open; 0 means [MaxIncoming].
	Incoming int
	// NewSocket makes the supervisor's end of a WebSocket; nil means that there are
	// none. It must not block, nor call the mux. SocketBytes bounds a message; 0
	// means 1 MiB.
	NewSocket   func(*Socket) SocketOwner
	SocketBytes int
	// Auto takes the automatic answer of hibernatable sockets; nil drops it. Its
	// error is a violation.
	Auto func(*facetv1.WsAuto) error
	// Refs is the runner's table of references; nil means that it may have none.
	Refs *refs.Table
	// Refusal makes the answer to a call of the runner whose references are refused;
	// nil makes a RangeError of any.
	Refusal func(error) *facetv1.Failure
	// Log takes a console line; nil drops it. The frame may be kept.
	Log func(*facetv1.Log)
	// Alarm takes what the runner says of its object's alarm, in milliseconds since
	// the epoch, 0 for none; nil means that it may not say so.
	Alarm func(ms int64)
	// Trace takes what the runner says of a call that is over, a JSON object; nil
	// means that it may not say so.
	Trace func(json []byte)
	// Opened is told that a call was opened, on its caller's goroutine; may be
	// nil.
	Opened func()
	// Asked is told the same of calls that the instance is there to answer, those of
	// its callbacks left out; may be nil.
	Asked func()
	// Broken is told that the instance is over; required.
	Broken func(*facetv1.Failure)
	// Lost is told why receiving ended: a *ViolationError, or the stream's
	// error. It is called once, unless End came first; required.
	Lost func(error)
}

// Mux multiplexes calls over a stream. All methods are safe for concurrent use.
type Mux struct {
	cfg    Config
	stream Stream
	done   chan struct{}
	ctx    context.Context // ends with the connection
	cancel context.CancelCauseFunc
	// progress counts the frames that move a call on, heard all frames of calls,
	// late and empty ones, too; a watcher compares them.
	progress atomic.Uint64
	heard    atomic.Uint64
	active   atomic.Int64

	mu       sync.Mutex // guards the fields below and every Call's
	calls    map[uint64]*Call
	next     uint64
	canceled canceledSet
	deaf     atomic.Bool // forget has given the runner up
	idle     int         // frames that move nothing and are still tolerated; see tolerate
	err      error

	// Calls that the runner opened, and their handlers.
	incoming      map[uint64]*Incoming
	lastIncoming  uint64
	handlers      int
	incomingBytes int
	unread        int // bytes of bodies of open calls; see arrived
	left          int // bytes of answers that are complete; see leave

	sockets     map[uint64]*Socket
	socketBytes int // said and not taken

	out outbox
}

// New starts carrying calls. The caller ends it with End.
func New(stream Stream, cfg Config) *Mux {
	if cfg.HeaderBytes == 0 {
		cfg.HeaderBytes = 64 << 10
	}
	if cfg.HeaderEntries == 0 {
		cfg.HeaderEntries = 128
	}
	if cfg.ResponseBytes == 0 {
		cfg.ResponseBytes = 32 << 20
	}
	if cfg.Incoming == 0 {
		cfg.Incoming = MaxIncoming
	}
	if cfg.SocketBytes == 0 {
		cfg.SocketBytes = 1 << 20
	}
	m := &Mux{cfg: cfg, stream: stream, done: make(chan struct{}), calls: make(map[uint64]*Call), next: 1,
		incoming: make(map[uint64]*Incoming), sockets: make(map[uint64]*Socket)}
	m.ctx, m.cancel = context.WithCancelCause(context.Background())
	m.out.wake = make(chan struct{}, 1)
	if cfg.Refs != nil {
		cfg.Refs.Attach(m.forget)
	}
	go m.receive()
	go m.send()
	return m
}

// Progress returns a counter that grows with every frame that moves a call under
// way on. Console lines do not count: a loop that logs makes no progress.
func (m *Mux) Progress() uint64 { return m.progress.Load() }

// Heard returns a counter that grows with every frame about a call, such as the
// late answer to a cancelled one.
func (m *Mux) Heard() uint64 { return m.heard.Load() }

// Active returns the number of calls under way that the supervisor opened.
func (m *Mux) Active() int { return int(m.active.Load()) }

// Incoming returns how many calls of the runner wait for their answer, or are
// still being worked at.
func (m *Mux) Incoming() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.handlers
}

// End fails every call under way and every later one with err, which must not
// be nil. Only the first End counts. The stream itself belongs to the caller.
func (m *Mux) End(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return
	}
	m.err = err
	close(m.done)
	for id, c := range m.calls {
		c.fail(err)
		delete(m.calls, id)
	}
	m.active.Store(0)
	for _, in := range m.incoming {
		in.end()
	}
	for _, s := range m.sockets {
		far := s.claim()
		s.end(err)
		s.owner.Lost(err)
		if far != nil {
			go far.Abandon(err)
		}
	}
	m.cancel(err)
	m.out.mu.Lock()
	defer m.out.mu.Unlock()
	if m.out.timer != nil {
		m.out.timer.Stop()
	}
}

// Expire ends with err every call that was opened before a time, tells the
// runner that their answers are not wanted, and returns how many there were.
func (m *Mux) Expire(before time.Time, err error) (ended int) {
	m.mu.Lock()
	var late []uint64
	for id, c := range m.calls {
		if c.started.Before(before) {
			late = append(late, id)
			m.remove(c)
			m.taken(&c.inflow, c.counted)
			m.canceled.add(id, m.next)
			c.fail(err)
		}
	}
	m.mu.Unlock()
	for _, id := range late {
		m.giveUp(id)
	}
	return len(late)
}

// errNotTaken refuses what a runner would be sent that does not take what is queued
// for it. It may have answered blindly, by the numbers that calls will have, so that
// their own number bounds nothing.
var errNotTaken = &fault.BusyError{RetryAfter: time.Second}

// open registers a new call. m.mu must not be held.
func (m *Mux) open(c *Call) error {
	if m.queued() > maxQueued {
		return errNotTaken
	}
	m.mu.Lock()
	if m.err != nil {
		defer m.mu.Unlock()
		return &UnsentError{m.err}
	}
	c.id = m.next
	m.next += 2
	m.calls[c.id] = c
	m.active.Add(1)
	m.idle = min(m.idle+Window, maxIdle)
	m.mu.Unlock()
	if m.cfg.Opened != nil {
		m.cfg.Opened()
	}
	if m.cfg.Asked != nil && !c.callback {
		m.cfg.Asked()
	}
	return nil
}

// maxIdle bounds how many frames that move nothing are tolerated at a time.
const maxIdle = 64 * Window

// tolerate counts a frame that moves nothing: an empty chunk, or what was on its
// way when its call ended. A call may cause as many as its window has bytes, so
// no honest runner comes near; a flood of them is a violation. m.mu is held.
func (m *Mux) tolerate() error {
	if m.idle--; m.idle < 0 {
		return violation("a flood of frames that mean nothing")
	}
	return nil
}

// remove forgets a call; m.mu is held. What nobody has read of its answer still counts:
// see taken.
func (m *Mux) remove(c *Call) {
	if _, ok := m.calls[c.id]; ok {
		delete(m.calls, c.id)
		m.active.Add(-1)
	}
}

func (m *Mux) receive() {
	for {
		packet, err := m.stream.Recv()
		if err == nil {
			err = m.dispatch(packet)
		}
		if err != nil {
			select {
			case <-m.done:
			default:
				m.cfg.Lost(err)
			}
			return
		}
	}
}

// IsViolation reports whether err is something the runner may not say.
func IsViolation(err error) bool {
	var v *ViolationError
	return errors.As(err, &v)
}

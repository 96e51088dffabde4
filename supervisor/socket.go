package supervisor

import (
	"bytes"
	"context"
	"errors"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/socket"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// busyWait is how long a message for a facet that is busy waits before it tries
// again.
const busyWait = 50 * time.Millisecond

// tellEvery is how often an instance is told of automatic answers at most.
const tellEvery = 100 * time.Millisecond

// socketEnd is a facet's end of a WebSocket. A hibernatable one outlives the
// facet's instances: a message starts the next one.
type socketEnd struct {
	inc      *incarnation
	callback Callback
	wall     time.Duration // how long the instance may take to deal with a message
	queue    *socket.Queue
	number   int             // in the order in which they came
	ctx      context.Context // ends when the end is abandoned
	cancel   context.CancelCauseFunc

	// The rest is guarded by inc.sockets.mu.
	near       *wire.Socket // nil: no instance has it
	hibernates bool
	live       bool // near's instance runs; before that, its end is a failed start
	tags       []string
	attachment []byte // nil: none
	answered   time.Time
	told       time.Time // when near was told of answered
	closing    bool      // the other end has closed
	heard      bool      // and the facet was told
	closed     bool      // the facet has
	abandoned  bool
	sent       int // messages that near was given
	// held is the instance that may not hibernate before it has dealt with its
	// messages; late ends that for one which never does.
	held *instance.Instance
	late *time.Timer
}

var _ wire.SocketOwner = (*socketEnd)(nil)

// newSocket makes the end of a socket that an instance of the facet begins; see
// wire.Config.
func (inc *incarnation) newSocket(near *wire.Socket, callback Callback, l Limits) wire.SocketOwner {
	e := &socketEnd{inc: inc, callback: callback, queue: socket.NewQueue(), near: near, live: true, wall: l.Wall}
	e.ctx, e.cancel = context.WithCancelCause(context.Background())
	if err := inc.sockets.add(e, l.Sockets); err != nil {
		e.closed = true
		e.queue.Fail(err)
		e.cancel(err)
		if err == error(errHostSockets) {
			h := inc.node.object.host
			go h.sockets.refused(h.cfg.Logger, inc.node.path)
		}
		go near.Drop(err)
	}
	return e
}

// State implements wire.SocketOwner.
func (e *socketEnd) State(k *facetv1.WsState) error {
	if err := checkState(k); err != nil {
		return err
	}
	s := &e.inc.sockets
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.Hibernate {
		if e.hibernates || e.inc.node.object.entry != nil {
			return errors.New("a WebSocket accepted for hibernation twice, or by an entrypoint")
		}
		e.hibernates, e.tags = true, k.Tags
	}
	if k.HasAttachment {
		if !e.hibernates {
			return errors.New("an attachment of a WebSocket that does not hibernate")
		}
		e.attachment = append([]byte{}, k.Attachment...)
	}
	return nil
}

// Said implements wire.SocketOwner.
func (e *socketEnd) Said(ev socket.Event) {
	if ev.Close {
		s := &e.inc.sockets
		s.mu.Lock()
		e.closed = true
		s.mu.Unlock()
	}
	e.queue.Push(ev)
}

// Lost implements wire.SocketOwner.
func (e *socketEnd) Lost(err error) {
	s := &e.inc.sockets
	s.mu.Lock()
	e.near, e.sent = nil, 0
	stays := e.hibernates && (hibernated(err) || !e.live) && !errors.Is(err, socket.ErrLost)
	e.live = false
	if !stays {
		s.drop(e)
	}
	if release := e.release(); release != nil {
		go release() // the mux is locked
	}
	s.mu.Unlock()
	if !stays {
		e.queue.Fail(err)
		e.cancel(err)
	}
}

// Settled implements wire.SocketOwner.
func (e *socketEnd) Settled(sent int) func() {
	s := &e.inc.sockets
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.held == nil || e.sent != sent {
		return nil
	}
	return e.release()
}

// release returns what lets the held instance go; the table's mu is held.
func (e *socketEnd) release() func() {
	i := e.held
	if i == nil {
		return nil
	}
	e.held = nil
	e.late.Stop()
	return func() { e.inc.leave(i, nil) }
}

// Receive implements socket.End.
func (e *socketEnd) Receive() (socket.Event, error) {
	ev, err := e.queue.Pop(e.ctx)
	if err != nil {
		return ev, err
	}
	ev.Taken()
	if ev.Close {
		e.over()
	}
	return ev, nil
}

// Send implements socket.End.
func (e *socketEnd) Send(ev socket.Event) error {
	s := &e.inc.sockets
	s.mu.Lock()
	near, hibernates, closed := e.near, e.hibernates, e.closed
	if ev.Close {
		e.closing = true
	}
	if hibernates && e.answers(&ev) {
		at := e.answered
		tell := near != nil && at.Sub(e.told) > tellEvery
		if tell {
			e.told = at
		}
		s.mu.Unlock()
		if tell {
			near.Answered(at)
		}
		return nil
	}
	s.mu.Unlock()
	if ev.Close && closed {
		defer e.over()
	}
	if hibernates {
		return e.wake(ev)
	}
	if near == nil {
		return socket.ErrLost
	}
	return near.Send(e.ctx, ev)
}

// answers gives the automatic answer where one is due; the table's mu is held.
func (e *socketEnd) answers(ev *socket.Event) bool {
	auto := e.inc.sockets.auto
	if auto == nil || !ev.Text || e.closed || !bytes.Equal(ev.Data, []byte(auto.Request)) {
		return false
	}
	e.answered = time.Now()
	if e.queue.Len() < maxAutoWaiting {
		e.queue.Push(socket.Event{Text: true, Data: []byte(auto.Response)})
	}
	return true
}

// maxAutoWaiting is how many events may wait for the client while it gets automatic
// answers: it reads slowly, and is owed none.
const maxAutoWaiting = 64

// wake gives an event to the facet's instance, starting it where there is none.
// While it is busy the event waits, and with it the other end.
func (e *socketEnd) wake(ev socket.Event) error {
	for {
		err := e.deliver(ev)
		var busy *fault.BusyError
		wait := busyWait
		switch {
		case errors.As(err, &busy):
		case err != nil && hibernated(err): // just now; the next instance gets it
			wait = time.Millisecond
		default:
			return err
		}
		select {
		case <-time.After(wait):
		case <-e.ctx.Done():
			return context.Cause(e.ctx)
		}
	}
}

func (e *socketEnd) deliver(ev socket.Event) error {
	inc := e.inc
	i, err := inc.enter(e.ctx, e.callback, nil, time.Time{})
	if err != nil {
		return err
	}
	s := &inc.sockets
	s.mu.Lock()
	near, release := e.near, func() { inc.leave(i, nil) }
	if near == nil {
		closed := e.closed
		s.mu.Unlock()
		release()
		if closed {
			return nil // it has said its last; nobody hears the rest
		}
		return socket.ErrLost
	}
	if !ev.Close {
		e.sent++
		if e.held == nil {
			e.held, release = i, func() {}
			e.late = time.AfterFunc(e.wall, e.giveUp)
		}
	}
	s.mu.Unlock()
	defer release()
	err = near.Send(e.ctx, ev)
	switch {
	case err != nil:
		e.giveUp()
	case ev.Close:
		s.mu.Lock()
		e.heard = true
		s.mu.Unlock()
	}
	return err
}

// giveUp stops waiting for the instance to deal with its messages.
func (e *socketEnd) giveUp() {
	s := &e.inc.sockets
	s.mu.Lock()
	release := e.release()
	s.mu.Unlock()
	if release != nil {
		release()
	}
}

// over forgets the end where both sides have closed.
func (e *socketEnd) over() {
	s := &e.inc.sockets
	s.mu.Lock()
	both := e.closed && e.closing
	if both {
		s.drop(e)
	}
	s.mu.Unlock()
}

// Abandon implements socket.End.
func (e *socketEnd) Abandon(err error) {
	s := &e.inc.sockets
	s.mu.Lock()
	near, before := e.near, e.abandoned
	e.abandoned = true
	s.mu.Unlock()
	if before {
		return
	}
	e.queue.Fail(err)
	e.lost(near, err)
	s.remove(e)
	e.cancel(err)
	e.giveUp()
}

// lost tells the facet that the connection broke; a hibernatable socket wakes it.
func (e *socketEnd) lost(near *wire.Socket, err error) {
	s := &e.inc.sockets
	s.mu.Lock()
	wakes := e.hibernates && !e.closing && s.dead == nil
	e.closing = true
	s.mu.Unlock()
	if wakes {
		// The facet may be busy or fail; the other end does not wait for that.
		if e.wake(socket.Event{Close: true, Code: socket.CodeLost, Reason: socket.Reason(err)}) == nil {
			s.mu.Lock()
			near = e.near // of another instance, maybe
			s.mu.Unlock()
			if near != nil {
				near.Forget()
			}
			return
		}
	}
	if near != nil {
		near.Drop(err)
	}
}

// resume binds the end to a socket of a new instance and describes it.
func (e *socketEnd) resume(near *wire.Socket) *facetv1.HibernatedSocket {
	s := &e.inc.sockets
	s.mu.Lock()
	defer s.mu.Unlock()
	e.near, e.sent, e.live = near, 0, false
	h := &facetv1.HibernatedSocket{
		Call: near.ID(), Tags: e.tags, HasAttachment: e.attachment != nil, Attachment: e.attachment,
	}
	if !e.answered.IsZero() {
		h.AnsweredMs = e.answered.UnixMilli()
	}
	return h
}

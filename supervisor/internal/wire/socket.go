package wire

import (
	"context"
	"time"
	"unicode/utf8"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/socket"
)

const (
	// socketWindow is the first credit of each direction of a socket, in bytes
	// (facet.proto, message WsMessage). The last message may go beyond it.
	socketWindow = 64 << 10
	// maxSocketBytes bounds what the sockets of one runner said and nobody has
	// taken yet. Slow clients can make an honest one come near.
	maxSocketBytes = 64 << 20
	// maxReason is the longest reason of a close frame (RFC 6455 section 5.5), in
	// bytes.
	maxReason = 123
)

// SocketOwner is the supervisor's end of a socket of an instance. State, Lost and
// Settled are called with the mux locked: they must not block, nor call the mux.
type SocketOwner interface {
	socket.End
	// State is told what the runner does with the socket. Its error is a violation.
	State(*facetv1.WsState) error
	// Said takes what the runner said.
	Said(socket.Event)
	// Lost is told that nothing comes any more: the instance has ended, or dropped
	// the socket.
	Lost(error)
	// Settled is told that all of the messages that were sent, sent in number, have
	// been dealt with. What it returns, unless nil, is run soon.
	Settled(sent int) func()
}

// Socket is a WebSocket of the instance, on the way to and from it.
type Socket struct {
	m     *Mux
	id    uint64
	owner SocketOwner
	room  chan struct{} // one token

	// The rest is guarded by m.mu.
	window   int // what the runner may still say, in bytes; may be negative
	taken    int // what was taken and not yet credited
	unread   int // what was said and not taken
	sent     int64
	credited int64
	messages int // sent
	closing  bool
	closed   bool // the runner has closed
	refused  bool // the owner is being told to drop it
	over     error
	// The other end of a socket that the runner has not accepted.
	far   socket.End
	timer *time.Timer
}

// newSocket registers a socket; m.mu is held. owner nil makes one.
func (m *Mux) newSocket(id uint64, owner SocketOwner) *Socket {
	s := &Socket{m: m, id: id, owner: owner, room: make(chan struct{}, 1), window: socketWindow}
	if owner == nil {
		s.owner = m.cfg.NewSocket(s)
	}
	m.sockets[id] = s
	return s
}

// ID is the number that the runner knows the socket by.
func (s *Socket) ID() uint64 { return s.id }

// Resume gives an instance that is about to be assigned a socket of an earlier one.
func (m *Mux) Resume(owner SocketOwner) (*Socket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return nil, m.err
	}
	id := m.next
	m.next += 2
	return m.newSocket(id, owner), nil
}

// Upgrade answers the call with a WebSocket, whose other end is far. Nothing is
// carried before the runner accepts it; after patience it is too late.
func (in *Incoming) Upgrade(head *facetv1.ResponseHead, far socket.End, patience time.Duration) error {
	m := in.m
	m.mu.Lock()
	if in.over || m.err != nil {
		m.mu.Unlock()
		return ErrNotWanted
	}
	in.responded = true
	in.end()
	s := m.newSocket(in.id, nil)
	s.far = far
	s.timer = time.AfterFunc(patience, s.expire)
	m.mu.Unlock()
	head.WebSocket, head.End = true, true
	m.enqueueNow(&facetv1.Frame{Call: in.id, Kind: &facetv1.Frame_Response{Response: head}}, len(head.StatusText)+len(head.Headers)+64)
	return nil
}

// expire drops a socket that the runner neither accepted nor passed on.
func (s *Socket) expire() {
	s.m.mu.Lock()
	far := s.far
	s.far = nil
	s.m.mu.Unlock()
	if far != nil {
		far.Abandon(socket.ErrLost)
		s.Drop(socket.ErrLost)
	}
}

// claim takes the far end of a socket that waits to be accepted; m.mu is held.
func (s *Socket) claim() socket.End {
	far := s.far
	s.far = nil
	if s.timer != nil {
		s.timer.Stop()
	}
	return far
}

// Send gives the runner an event, waiting for room. It keeps the data.
func (s *Socket) Send(ctx context.Context, e socket.Event) error {
	m := s.m
	for {
		if m.queued() > maxQueued {
			return errNotRead
		}
		m.mu.Lock()
		switch {
		case s.over != nil:
			defer m.mu.Unlock()
			return s.over
		case e.Close:
			s.closing = true
			s.settle()
			m.mu.Unlock()
			m.enqueue(&facetv1.Frame{Call: s.id, Kind: &facetv1.Frame_WsClose{
				WsClose: &facetv1.WsClose{Code: uint32(e.Code), Reason: e.Reason}}}, len(e.Reason)+32)
			return nil
		case s.sent-s.credited < socketWindow:
			s.sent += int64(e.Cost())
			s.messages++
			m.mu.Unlock()
			if m.cfg.Asked != nil {
				m.cfg.Asked() // what the message makes it call
			}
			m.enqueue(&facetv1.Frame{Call: s.id, Kind: &facetv1.Frame_WsMessage{
				WsMessage: &facetv1.WsMessage{Text: e.Text, Data: e.Data}}}, len(e.Data)+32)
			return nil
		}
		m.mu.Unlock()
		select {
		case <-s.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Take implements socket.Window: an event which the runner said has been taken.
func (s *Socket) Take(e *socket.Event) {
	m := s.m
	m.mu.Lock()
	if s.over != nil { // which gave back what was unread
		m.mu.Unlock()
		return
	}
	cost := e.Cost()
	s.unread -= cost
	m.socketBytes -= cost
	s.taken += cost
	grant := 0
	if !s.closed && (s.taken >= socketWindow/2 || s.window <= 0) {
		grant, s.taken = s.taken, 0
		s.window += grant
	}
	m.mu.Unlock()
	m.credit(s.id, grant)
}

// Answered tells the runner when the socket was last answered without it.
func (s *Socket) Answered(at time.Time) {
	s.m.enqueue(&facetv1.Frame{Call: s.id, Kind: &facetv1.Frame_WsState{WsState: &facetv1.WsState{AnsweredMs: at.UnixMilli()}}}, 32)
}

// Drop ends the socket and tells the runner that the connection is lost.
func (s *Socket) Drop(err error) {
	s.m.mu.Lock()
	live, far := s.over == nil, s.claim()
	s.end(err)
	s.m.mu.Unlock()
	if far != nil {
		far.Abandon(err)
	}
	if !live {
		return
	}
	s.m.retract(s.id)
	s.m.enqueue(&facetv1.Frame{Call: s.id, Kind: &facetv1.Frame_WsClose{WsClose: &facetv1.WsClose{Code: socket.CodeLost, Reason: socket.Reason(err)}}}, 32)
}

// Forget ends a socket whose loss the runner has been told, and whose owner hears
// nothing of it any more: an application need not close what is lost.
func (s *Socket) Forget() {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.end(socket.ErrLost)
}

// settle forgets a socket that both sides have closed; m.mu is held.
func (s *Socket) settle() {
	if s.closing && s.closed {
		s.end(socket.ErrLost)
	}
}

// end forgets the socket; m.mu is held.
func (s *Socket) end(err error) {
	if s.over != nil {
		return
	}
	s.over = err
	m := s.m
	m.socketBytes -= s.unread
	s.unread = 0
	delete(m.sockets, s.id)
	if s.id%2 == 1 {
		m.canceled.add(s.id, m.next)
	}
	wake(s.room)
}

// Sockets returns how many sockets the instance has.
func (m *Mux) Sockets() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sockets)
}

// socketFrame handles a frame of a socket; m.mu is held. What it returns is to be
// run after m.mu is released.
func (m *Mux) socketFrame(s *Socket, f *facetv1.Frame) (after func(), err error) {
	switch k := f.Kind.(type) {
	case *facetv1.Frame_WsMessage:
		return s.message(k.WsMessage)
	case *facetv1.Frame_WsClose:
		return nil, s.closeFrame(k.WsClose)
	case *facetv1.Frame_WsState:
		return s.state(k.WsState)
	case *facetv1.Frame_Credit:
		if k.Credit == nil || s.credited+int64(k.Credit.Bytes) > s.sent {
			return nil, violation("credit for more than was sent")
		}
		s.credited += int64(k.Credit.Bytes)
		wake(s.room)
		if s.credited == s.sent {
			after = s.owner.Settled(s.messages)
		}
		if k.Credit.Bytes == 0 {
			return after, m.tolerate()
		}
		return after, nil
	case *facetv1.Frame_Failure, *facetv1.Frame_Cancel:
		s.lose()
		// Maybe only the runner's own part knows.
		return func() {
			m.enqueue(&facetv1.Frame{Call: f.Call, Kind: &facetv1.Frame_WsClose{WsClose: &facetv1.WsClose{Code: socket.CodeLost}}}, 32)
		}, nil
	}
	return nil, violation("%T for a WebSocket", f.Kind)
}

// lose ends a socket that the runner has dropped.
func (s *Socket) lose() {
	far := s.claim()
	s.end(socket.ErrLost)
	s.owner.Lost(socket.ErrLost)
	if far != nil {
		go far.Abandon(socket.ErrLost)
	}
}

func (s *Socket) message(k *facetv1.WsMessage) (after func(), err error) {
	switch {
	case k == nil || s.closed:
		return nil, violation("a message after the close of a WebSocket, or an empty one")
	case s.far != nil:
		return nil, violation("a message on a WebSocket that was not accepted")
	case s.window <= 0:
		return nil, violation("a message on a WebSocket whose window is used up")
	case k.Text && !utf8.Valid(k.Data):
		return nil, violation("a text message that is no UTF-8")
	}
	e := socket.Event{Text: k.Text, Data: k.Data, From: s}
	cost := e.Cost()
	if len(k.Data) > s.m.cfg.SocketBytes || s.m.socketBytes+cost > maxSocketBytes {
		code := &socket.CloseError{Code: socket.CodeTooLarge, Reason: "Message is too large"}
		if len(k.Data) <= s.m.cfg.SocketBytes {
			code = &socket.CloseError{Code: socket.CodeBusy, Reason: "Too much was sent that clients have not taken"}
		}
		if s.refused {
			return nil, s.m.tolerate()
		}
		s.refused = true
		// To tell the facet may take as long as a call of it, whose answer has to be
		// received meanwhile.
		return func() { go s.owner.Abandon(code) }, nil
	}
	s.window -= cost
	s.unread += cost
	s.m.socketBytes += cost
	s.owner.Said(e)
	return nil, nil
}

func (s *Socket) closeFrame(k *facetv1.WsClose) error {
	if k == nil || s.closed && k.Code != socket.CodeLost || s.far != nil || !utf8.ValidString(k.Reason) || len(k.Reason) > maxReason {
		return violation("a second close of a WebSocket, one before it was accepted, or a reason that no frame can carry")
	}
	code := int(k.Code)
	switch {
	case code == socket.CodeLost:
		s.lose()
		return nil
	case code != socket.CodeNone && !socket.ValidCode(code):
		return violation("close code %d", k.Code)
	}
	s.closed = true
	s.owner.Said(socket.Event{Close: true, Code: code, Reason: k.Reason})
	s.settle()
	return nil
}

func (s *Socket) state(k *facetv1.WsState) (after func(), err error) {
	if k == nil || s.closed {
		return nil, violation("a state of a WebSocket that is closed, or an empty one")
	}
	if err := s.owner.State(k); err != nil {
		return nil, violation("%v", err)
	}
	if k.Accept || k.Hibernate {
		if far := s.claim(); far != nil {
			owner := s.owner
			return func() { go socket.Join(far, owner) }, nil
		}
	}
	return nil, s.m.tolerate()
}

// splice takes the far end of the socket that call n of the runner was answered
// with; m.mu is held.
func (m *Mux) splice(n uint64) (socket.End, error) {
	s := m.sockets[n]
	if s == nil || n%2 != 0 || s.far == nil {
		if n%2 == 0 && n <= m.lastIncoming && s == nil {
			return nil, nil // it ended on the way
		}
		return nil, violation("a WebSocket passed on that is not there, or was accepted")
	}
	far := s.claim()
	s.end(socket.ErrLost)
	s.owner.Lost(socket.ErrLost)
	return far, nil
}

package wire

import (
	"context"
	"io"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/socket"
)

// maxChunk is the largest body chunk that is sent, in bytes.
const maxChunk = 64 << 10

// Call is one fetch or method call. A fetch is used by one goroutine that reads
// (Head, Next) and at most one that writes (Write, CloseWrite).
type Call struct {
	m   *Mux
	id  uint64
	rpc bool
	// callback is set where the instance asked for the call itself.
	callback bool
	parts    bool // the answer may have some; see CallbackParts
	started  time.Time
	// ready and room wake the reader and the writer; each holds one token.
	ready chan struct{}
	room  chan struct{}

	// The rest is guarded by m.mu.
	inflow   // the response body
	head     *Head
	result   Result
	ended    bool // the runner's last frame has come
	err      error
	received int64 // body bytes so far
	sent     int64 // request body bytes sent
	credited int64 // request body bytes credited back
	stopped  bool  // the request body is complete or not wanted
	upgrade  bool  // the answer may be a WebSocket
	socket   socket.End
}

// Fetch opens a fetch call. Head's inline body is the beginning of the request
// body, all of it where End is set, and may not be longer than [Window].
// The caller ends the call by reading it to its end, or by Cancel.
func (m *Mux) Fetch(head *facetv1.RequestHead) (*Call, error) {
	c := &Call{
		m: m, started: time.Now(), ready: make(chan struct{}, 1),
		inflow: inflow{window: Window}, sent: int64(len(head.Body)), stopped: head.End || !head.HasBody, upgrade: head.WebSocket,
	}
	if !c.stopped {
		c.room = make(chan struct{}, 1)
	}
	if err := m.open(c); err != nil {
		return nil, err
	}
	size := len(head.Method) + len(head.Url) + len(head.Headers) + len(head.Body) + 64
	m.enqueueNow(&facetv1.Frame{Call: c.id, Kind: &facetv1.Frame_Request{Request: head}}, size)
	return c, nil
}

// wait waits for a token, and cancels the call when the context ends first.
func (c *Call) wait(ctx context.Context, token <-chan struct{}) error {
	select {
	case <-token:
		return nil
	case <-ctx.Done():
		err := context.Cause(ctx)
		c.Cancel(err)
		return err
	}
}

// Head waits for the head of the response.
func (c *Call) Head(ctx context.Context) (*Head, error) {
	for {
		c.m.mu.Lock()
		head, err := c.head, c.err
		c.m.mu.Unlock()
		if head != nil {
			return head, nil
		}
		if err != nil {
			return nil, err
		}
		if err := c.wait(ctx, c.ready); err != nil {
			return nil, err
		}
	}
}

// Next waits for the next piece of the response body, which the caller owns. It
// returns io.EOF at the end.
func (c *Call) Next(ctx context.Context) ([]byte, error) {
	m := c.m
	for {
		m.mu.Lock()
		if len(c.chunks) > 0 {
			b, grant := c.take(c.ended)
			m.taken(&c.inflow, len(b))
			m.mu.Unlock()
			m.credit(c.id, grant)
			return b, nil
		}
		ended, err := c.ended, c.err
		m.mu.Unlock()
		switch {
		case err != nil:
			return nil, err
		case ended:
			return nil, io.EOF
		}
		if err := c.wait(ctx, c.ready); err != nil {
			return nil, err
		}
	}
}

// Complete reports whether the whole response has arrived, and then returns
// what is left of its body, which the caller owns. It spares the reader of a
// small response the second wait.
func (c *Call) Complete() ([]byte, bool) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if !c.ended || c.err != nil || len(c.chunks) > 1 {
		return nil, false
	}
	var b []byte
	if len(c.chunks) == 1 {
		b = c.chunks[0]
		c.chunks = nil
		c.m.taken(&c.inflow, len(b))
	}
	return b, true
}

// Pending reports whether a piece of the body waits to be read.
func (c *Call) Pending() bool {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	return len(c.chunks) > 0
}

// Cancel ends the call with err: what the runner still says about it is dropped.
// Where the runner has ended it before, it only says that nobody reads on.
func (c *Call) Cancel(err error) {
	m := c.m
	m.mu.Lock()
	_, live := m.calls[c.id]
	if live {
		m.remove(c)
		m.canceled.add(c.id, m.next)
		c.fail(err)
	}
	m.taken(&c.inflow, c.counted)
	unclaimed := c.socket
	c.socket = nil
	m.mu.Unlock()
	if unclaimed != nil {
		unclaimed.Abandon(err)
	}
	if live {
		m.giveUp(c.id)
	}
}

// fail sets the call's error and wakes its users; m.mu is held.
func (c *Call) fail(err error) {
	if c.err == nil && !c.ended {
		c.err = err
	}
	c.stopped = true
	wake(c.ready)
	wake(c.room)
}

func wake(token chan struct{}) {
	if token == nil {
		return
	}
	select {
	case token <- struct{}{}:
	default:
	}
}

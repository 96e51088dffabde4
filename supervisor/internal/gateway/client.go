package gateway

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/facetd/facetd/supervisor/internal/fair"
	"github.com/facetd/facetd/supervisor/internal/socket"
)

const (
	// pingEvery is how often a client is asked whether it is there; idleTime is
	// after how long without an answer it is not. A message has as long from its
	// first byte to its last.
	pingEvery = 30 * time.Second
	idleTime  = 75 * time.Second
	// smallMessage is what a message has to be longer than to count among those
	// that are read at a time, in bytes; largeReads is how many there are, and
	// largeShare how many of those are for one owner of a facet.
	smallMessage = 64 << 10
	largeReads   = 64
	largeShare   = 8
)

// reading has a place for each long message that is being read: clients decide how
// slowly they send one, so those of one owner do not get them all.
var reading = fair.New(largeReads, largeShare)

var errClientGone = errors.New("the client is gone")

// client is the client's end of a WebSocket.
type client struct {
	conn     *websocket.Conn
	limit    int
	owner    any
	idle     time.Duration // idleTime, but in tests
	patience time.Duration
	message  atomic.Bool // one has begun and not ended
	done     context.Context
	cancel   context.CancelFunc

	mu     sync.Mutex
	closes int // directions that are closed
	ping   *time.Timer
}

var _ socket.End = (*client)(nil)

func newClient(conn *websocket.Conn, o *Options) *client {
	c := &client{conn: conn, limit: o.MessageBytes, owner: o.Owner, idle: idleTime, patience: o.ClientPatience}
	c.done, c.cancel = context.WithCancel(context.Background())
	if c.patience == 0 {
		c.patience = defaultPatience
	}
	// The application answers a close.
	conn.SetCloseHandler(func(int, string) error { return nil })
	conn.SetPongHandler(func(string) error {
		if c.message.Load() { // pongs between its fragments do not make it any longer
			return nil
		}
		return c.renew()
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ping = time.AfterFunc(pingEvery, c.ask)
	return c
}

// renew gives the client time to send.
func (c *client) renew() error { return c.conn.SetReadDeadline(time.Now().Add(c.idle)) }

// ask sends a ping, and later the next.
func (c *client) ask() {
	if c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(pingEvery)) != nil {
		return // the reader sees it, too
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done.Err() == nil {
		c.ping.Reset(pingEvery)
	}
}

// Receive reads the client's next message or its close.
func (c *client) Receive() (socket.Event, error) {
	_ = c.renew() // a broken connection shows below
	kind, r, err := c.conn.NextReader()
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code != socket.CodeLost: // which is gorilla's end of file
		return c.received(closed), nil
	case errors.Is(err, websocket.ErrReadLimit):
		return socket.Event{}, c.refuse(socket.CodeProtocol, "Invalid length")
	case err != nil:
		return socket.Event{}, c.gone(err)
	}
	data, err := c.read(r)
	if err != nil {
		return socket.Event{}, err
	}
	text := kind == websocket.TextMessage
	if text && !utf8.Valid(data) {
		return socket.Event{}, c.refuse(socket.CodeNotText, "Invalid UTF-8")
	}
	return socket.Event{Text: text, Data: data}, nil
}

func (c *client) received(closed *websocket.CloseError) socket.Event {
	c.closed()
	return socket.Event{Close: true, Code: closed.Code, Reason: closed.Text}
}

// read reads a message. It never holds more than has come.
func (c *client) read(r io.Reader) ([]byte, error) {
	c.message.Store(true)
	defer c.message.Store(false)
	_ = c.renew() // a broken connection shows below
	data, err := io.ReadAll(io.LimitReader(r, int64(min(smallMessage, c.limit)+1)))
	if err != nil {
		return nil, c.gone(err)
	}
	if len(data) <= smallMessage && len(data) <= c.limit {
		return data, nil
	}
	if len(data) <= c.limit {
		done, err := reading.Acquire(c.done, c.owner)
		if err != nil {
			return nil, errClientGone
		}
		defer done()
		_ = c.renew() // it was not the client that took the time
		rest, err := io.ReadAll(io.LimitReader(r, int64(c.limit+1-len(data))))
		if err != nil {
			return nil, c.gone(err)
		}
		data = append(data, rest...)
	}
	if len(data) > c.limit {
		return nil, c.refuse(socket.CodeTooLarge, "Message is too large")
	}
	return data, nil
}

// gone drops the connection because it broke, or because the client broke the
// protocol, of which the library has told it.
func (c *client) gone(err error) error {
	c.drop()
	return errors.Join(errClientGone, err)
}

// refuse closes because of what the client sent.
func (c *client) refuse(code int, reason string) error {
	err := &socket.CloseError{Code: code, Reason: reason}
	c.Abandon(err)
	return err
}

// Send writes a message, or a close.
func (c *client) Send(e socket.Event) error {
	deadline := time.Now().Add(c.patience)
	if e.Close {
		if e.Code == socket.CodeLost {
			c.drop()
			return nil
		}
		err := c.conn.WriteControl(websocket.CloseMessage, closeFrame(e.Code, e.Reason), deadline)
		c.closed()
		return err
	}
	kind := websocket.BinaryMessage
	if e.Text {
		kind = websocket.TextMessage
	}
	_ = c.conn.SetWriteDeadline(deadline) // a broken connection shows below
	return c.conn.WriteMessage(kind, e.Data)
}

// closeFrame is gorilla's, but for 1006, which is no code that it may write.
func closeFrame(code int, reason string) []byte {
	if code == socket.CodeNone {
		return nil
	}
	return websocket.FormatCloseMessage(code, reason)
}

// closed is called when a direction is closed.
func (c *client) closed() {
	c.mu.Lock()
	c.closes++
	both := c.closes == 2
	c.mu.Unlock()
	if both {
		c.drop()
	}
}

// Abandon drops the connection, with a close frame where err names a code and none
// was sent.
func (c *client) Abandon(err error) {
	var e *socket.CloseError
	if errors.As(err, &e) && c.done.Err() == nil {
		_ = c.conn.WriteControl(websocket.CloseMessage, closeFrame(e.Code, e.Reason), time.Now().Add(time.Second))
	}
	c.drop()
}

// drop ends the connection.
func (c *client) drop() {
	c.cancel()
	c.mu.Lock()
	c.ping.Stop()
	c.mu.Unlock()
	_ = c.conn.Close() // there is nobody to tell
}

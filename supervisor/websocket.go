package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/facetd/facetd/supervisor/internal/socket"
)

// Message is a message of a WebSocket. Text says that Data is UTF-8.
type Message struct {
	Text bool
	Data []byte
}

// WebSocketCloseError is how a facet closed a WebSocket. Code 1005 stands for a
// close without a code.
type WebSocketCloseError struct {
	Code   int
	Reason string
}

// Error says code and reason.
func (e *WebSocketCloseError) Error() string {
	return fmt.Sprintf("the facet closed the WebSocket with code %d: %s", e.Code, e.Reason)
}

// WebSocket is a connection of the supervisor's own code with a facet. Receive and
// Send may be called by one goroutine each, Close by any.
type WebSocket struct {
	// Header are the fields of the facet's answer.
	Header http.Header

	end    socket.End
	limit  int
	over   func()
	heard  chan struct{} // closed when the facet has closed, or is gone
	once   sync.Once
	mu     sync.Mutex
	closed bool
}

// WebSocket asks the facet for a WebSocket, with a GET request with an absolute URL.
// ctx bounds the asking only. The caller closes the WebSocket. While nobody
// receives, the facet's messages wait, and so does the facet.
func (s *Stub) WebSocket(ctx context.Context, r *http.Request) (*WebSocket, error) {
	if s.err != nil {
		return nil, s.err
	}
	o := s.inc.gateway.Load()
	end, header, err := o.Dial(ctx, r, s.open)
	if err != nil {
		return nil, err
	}
	return &WebSocket{Header: header, end: end, limit: o.MessageBytes, over: o.Track(end), heard: make(chan struct{})}, nil
}

// Receive waits for the facet's next message. When the facet has closed the error
// is a *WebSocketCloseError; any other means that the connection is lost.
func (w *WebSocket) Receive() (Message, error) {
	e, err := w.end.Receive()
	switch {
	case err != nil:
		w.once.Do(func() { close(w.heard) })
		return Message{}, err
	case e.Close:
		w.once.Do(func() { close(w.heard) })
		return Message{}, &WebSocketCloseError{Code: e.Code, Reason: e.Reason}
	}
	return Message{Text: e.Text, Data: e.Data}, nil
}

// Send sends a message, whose Data it keeps, waiting while the facet has too much
// to deal with.
func (w *WebSocket) Send(m Message) error {
	if len(m.Data) > w.limit {
		return fmt.Errorf("the message has %d bytes, the limit is %d: see Limits.MessageBytes", len(m.Data), w.limit)
	}
	if m.Text && !utf8.Valid(m.Data) { // the facet's credit counts what it reads
		return errors.New("the message is no UTF-8: send it without Text")
	}
	return w.end.Send(socket.Event{Text: m.Text, Data: m.Data})
}

// Close closes with a code that a close frame may carry, or 1005 for none. It gives
// the facet as long as a client has to answer where another goroutine receives, and
// drops the connection then. It returns what went wrong with the code; later calls
// do nothing.
func (w *WebSocket) Close(code int, reason string) error {
	if code != socket.CodeNone && !socket.ValidCode(code) || len(reason) > 123 {
		return errors.New("a code that no close frame can carry, or a reason of more than 123 bytes")
	}
	w.mu.Lock()
	closed := w.closed
	w.closed = true
	w.mu.Unlock()
	if closed {
		return nil
	}
	defer w.over()
	if w.end.Send(socket.Event{Close: true, Code: code, Reason: reason}) == nil {
		select {
		case <-w.heard:
		case <-time.After(socket.CloseTime):
		}
	}
	w.end.Abandon(socket.ErrLost)
	return nil
}

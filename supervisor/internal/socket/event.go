package socket

import (
	"errors"
	"fmt"
)

// Codes that are never sent in a close frame (RFC 6455 section 7.4.1).
const (
	CodeNone = 1005 // a close frame without a code
	CodeLost = 1006 // no close frame: the connection broke
)

// Codes that the supervisor itself gives.
const (
	CodeGoingAway = 1001
	CodeProtocol  = 1002
	CodeNotText   = 1007
	CodeTooLarge  = 1009
	CodeBusy      = 1013
)

// overhead is what a message costs beside its bytes; see facet.proto.
const overhead = 64

// Event is a message, or the close that ends one direction.
type Event struct {
	// Text says that Data is UTF-8 text.
	Text bool
	Data []byte
	// Close ends the direction; Code and Reason are its.
	Close  bool
	Code   int
	Reason string
	// From is whose window the event takes up until it is taken; nil: nobody's.
	From Window
}

// Window is what an end may say before it is taken.
type Window interface {
	// Take says that an event has been taken.
	Take(*Event)
}

// Taken says so to whose window it takes up, once.
func (e *Event) Taken() {
	if from := e.From; from != nil {
		e.From = nil
		from.Take(e)
	}
}

// Cost is what the event takes out of a window, in bytes.
func (e *Event) Cost() int { return len(e.Data) + overhead }

// ErrLost is why an end fails whose other end is gone.
var ErrLost = errors.New("the other end of the WebSocket is gone")

// Reason is what an application is told of a connection that was dropped for err,
// in the peer's words; empty where it just broke.
func Reason(err error) string {
	var e *CloseError
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Code {
	case CodeProtocol, CodeNotText, CodeTooLarge:
		return fmt.Sprintf("WebSocket protocol error; protocolError.statusCode = %d; protocolError.description = %s", e.Code, e.Reason)
	}
	return ""
}

// ValidCode reports whether a code may stand in a close frame (RFC 6455 section
// 7.4.2). The range 1016 to 2999 is kept for later versions of the protocol, but
// the peer lets applications use it.
func ValidCode(code int) bool {
	switch code {
	case 1004, CodeNone, CodeLost, 1015:
		return false
	}
	return code >= 1000 && code <= 4999
}

package socket

import (
	"errors"
	"time"
)

// End is one side of a connection. Receive and Send are each called by one
// goroutine at a time.
type End interface {
	// Receive waits for what this end says next. After a close it is not called
	// again.
	Receive() (Event, error)
	// Send tells this end what the other said, waiting until there is room. After a
	// close it is not called again.
	Send(Event) error
	// Abandon drops the connection, without a close frame unless err is a
	// *CloseError, and ends Receive and Send. It may be called more than once.
	Abandon(err error)
}

// CloseError is why an end is abandoned with a close frame.
type CloseError struct {
	Code   int
	Reason string
}

// Error says the reason.
func (e *CloseError) Error() string { return "the WebSocket was closed: " + e.Reason }

// CloseTime is how long an end may take to close after the other has.
const CloseTime = 10 * time.Second

// Join carries messages between two ends until both have closed, or one fails, or
// takes longer than CloseTime to follow the other's close. It returns when both
// directions are over.
func Join(a, b End) { join(a, b, CloseTime) }

func join(a, b End, patience time.Duration) {
	done := make(chan struct{}, 2)
	for _, ends := range [2][2]End{{a, b}, {b, a}} {
		go func() {
			pipe(ends[0], ends[1])
			done <- struct{}{}
		}()
	}
	<-done
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		a.Abandon(errLate)
		b.Abandon(errLate)
		<-done
	}
}

var errLate = errors.New("the WebSocket was closed by one side, and the other did not follow")

// pipe carries one direction.
func pipe(from, to End) {
	for {
		e, err := from.Receive()
		if err == nil {
			err = to.Send(e)
		}
		if err != nil {
			to.Abandon(err)
			from.Abandon(err)
			return
		}
		if e.Close {
			return
		}
	}
}

package socket

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

// Join carries messages between two ends until both have closed, or one fails.
// It returns when both directions are over.
func Join(a, b End) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		pipe(a, b)
	}()
	pipe(b, a)
	<-done
}

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

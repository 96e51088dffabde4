package supervisor

import (
	"sync"

	"github.com/facetd/facetd/supervisor/internal/socket"
)

// clients are the ends of WebSockets that are outside: a host that closes tells
// them so.
type clients struct {
	mu     sync.Mutex
	ends   map[socket.End]struct{}
	closed bool
}

var goingAway = &socket.CloseError{Code: socket.CodeGoingAway, Reason: "The server is shutting down"}

// track registers an end; the function forgets it. See gateway.Options.
func (c *clients) track(e socket.End) (over func()) {
	c.mu.Lock()
	closed := c.closed
	if !closed {
		if c.ends == nil {
			c.ends = make(map[socket.End]struct{})
		}
		c.ends[e] = struct{}{}
	}
	c.mu.Unlock()
	if closed {
		e.Abandon(goingAway)
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ends, e)
	}
}

// close tells every client, now and later, that the host closes.
func (c *clients) close() {
	c.mu.Lock()
	c.closed = true
	ends := c.ends
	c.ends = nil
	c.mu.Unlock()
	var all sync.WaitGroup
	for e := range ends {
		all.Go(func() { e.Abandon(goingAway) }) // each may be slow
	}
	all.Wait()
}

package wire

import (
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/socket"
)

// upgraded turns a fetch call into a socket, whose frames may follow at once; m.mu
// is held.
func (c *Call) upgraded(head *Head, r *facetv1.ResponseHead) error {
	m := c.m
	if !c.upgrade || m.cfg.NewSocket == nil {
		return violation("a WebSocket for a call that did not ask for one")
	}
	if len(r.Body) > 0 || !r.End {
		return violation("a WebSocket with a body")
	}
	if r.Splice != 0 {
		far, err := m.splice(r.Splice)
		if err != nil {
			return err
		}
		if far == nil { // no answer: a 101 without a WebSocket means nothing
			c.err = socket.ErrLost
			c.end()
			return nil
		}
		c.socket = far
	} else {
		c.socket = m.newSocket(c.id, nil).owner
	}
	c.head = head
	c.end()
	return nil
}

// Socket returns the other end of the WebSocket that the call was answered with,
// once; nil where it was answered with something else. It is the caller's to join
// or abandon.
func (c *Call) Socket() socket.End {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	s := c.socket
	c.socket = nil
	return s
}

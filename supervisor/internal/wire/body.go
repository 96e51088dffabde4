package wire

import (
	"context"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// Write sends a piece of the request body, waiting for credit as needed. It
// copies p. It returns the number of bytes sent, and no error but fewer bytes
// than asked for where the runner does not want more.
func (c *Call) Write(ctx context.Context, p []byte) (int, error) {
	m := c.m
	n := 0
	for n < len(p) {
		if m.queued() > maxQueued { // credit for what it never read, say
			c.Cancel(errNotTaken)
			return n, errNotTaken
		}
		m.mu.Lock()
		if c.stopped {
			err := c.err
			m.mu.Unlock()
			return n, err
		}
		size := max(0, min(m.share()-int(c.sent-c.credited), len(p)-n, maxChunk))
		c.sent += int64(size)
		m.mu.Unlock()
		if size == 0 {
			if err := c.wait(ctx, c.room); err != nil {
				return n, err
			}
			continue
		}
		data := append(make([]byte, 0, size), p[n:n+size]...)
		n += size
		m.enqueue(&facetv1.Frame{Call: c.id, Kind: &facetv1.Frame_Chunk{
			Chunk: &facetv1.Chunk{Data: data}}}, size+32)
	}
	return n, nil
}

// CloseWrite says that the request body is complete.
func (c *Call) CloseWrite() {
	m := c.m
	m.mu.Lock()
	stopped := c.stopped
	c.stopped = true
	m.mu.Unlock()
	if !stopped {
		m.enqueue(&facetv1.Frame{Call: c.id, Kind: &facetv1.Frame_Chunk{
			Chunk: &facetv1.Chunk{End: true}}}, 16)
	}
}

package instance

import (
	"encoding/binary"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/facetd/facetd/supervisor/internal/wire"
)

const (
	// controlRate and controlBurst bound the HTTP/2 frames that carry no part of
	// a message. gRPC in the runner sends a dozen to begin with, a few for each
	// control call and one for every 2 MiB of request bodies.
	controlRate  = 1000 // a second
	controlBurst = 10000

	frameHeader = 9 // bytes (RFC 9113 section 4.1)
	frameData   = 0 // the type DATA
	flagPadded  = 8 // its flag that gRPC never sets
)

// countedConn counts what the child sends, whatever it is, and ends a flood of
// frames that only keep gRPC busy: pings, settings, resets, empty data. They
// never reach a call, so no other limit sees them. One goroutine reads.
type countedConn struct {
	net.Conn
	read    atomic.Int64
	flooded func(error)

	limit  *rate.Limiter
	header [frameHeader]byte
	have   int // bytes of the next frame's header
	skip   int // bytes of this frame's payload that are to come
	err    error
}

func newCountedConn(c net.Conn, flooded func(error)) *countedConn {
	return &countedConn{Conn: c, flooded: flooded, limit: rate.NewLimiter(controlRate, controlBurst)}
}

func (c *countedConn) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	if control := c.scan(p[:n]); control > 0 && !c.limit.AllowN(time.Now(), control) {
		c.err = &wire.ViolationError{What: "a flood of HTTP/2 frames that carry nothing"}
		c.flooded(c.err)
		return 0, c.err
	}
	return n, err
}

// scan follows the frames and returns how many headers of frames that carry
// nothing were completed.
func (c *countedConn) scan(p []byte) (control int) {
	for len(p) > 0 {
		if c.skip > 0 {
			n := min(c.skip, len(p))
			c.skip -= n
			p = p[n:]
			continue
		}
		n := copy(c.header[c.have:], p)
		c.have += n
		p = p[n:]
		if c.have < frameHeader {
			return control
		}
		c.have = 0
		c.skip = int(binary.BigEndian.Uint32(c.header[:4]) >> 8)
		if c.header[3] != frameData || c.header[4]&flagPadded != 0 || c.skip == 0 {
			control++
		}
	}
	return control
}

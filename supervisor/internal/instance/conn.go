package instance

import (
	"encoding/binary"
	"net"
	"sync"
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

	preface      = 24 // bytes that a client says first (RFC 9113 section 3.4)
	frameHeader  = 9  // bytes (section 4.1)
	frameData    = 0  // the types DATA, HEADERS and RST_STREAM
	frameHeaders = 1
	frameReset   = 3
	flagEnd      = 1 // the last of a stream
	flagPadded   = 8 // a flag of DATA that gRPC never sets
)

// countedConn counts what the child sends, whatever it is, and ends a flood of
// frames that only keep gRPC busy: pings, settings, resets, empty data, and data of
// streams that are not open, which gRPC reads and drops at ten times the cost of
// sending them. They never reach a call, so no other limit sees them. One goroutine
// reads, one writes.
type countedConn struct {
	net.Conn
	read    atomic.Int64
	flooded func(error)

	limit *rate.Limiter
	in    frames
	err   error

	mu   sync.Mutex
	out  frames
	open map[uint32]struct{} // streams that the supervisor opened and nobody ended
}

func newCountedConn(c net.Conn, flooded func(error)) *countedConn {
	return &countedConn{Conn: c, flooded: flooded, limit: rate.NewLimiter(controlRate, controlBurst),
		out: frames{skip: preface}, open: make(map[uint32]struct{})}
}

// frames follows the frames of one direction.
type frames struct {
	header [frameHeader]byte
	have   int // bytes of the next frame's header
	skip   int // bytes of this frame's payload that are to come
}

// next goes on to the end of the next header and returns what follows it; ok is
// whether there was one.
func (f *frames) next(p []byte) (rest []byte, ok bool) {
	n := min(f.skip, len(p))
	f.skip -= n
	p = p[n:]
	n = copy(f.header[f.have:], p)
	f.have += n
	if f.have < frameHeader {
		return nil, false
	}
	f.have = 0
	f.skip = int(binary.BigEndian.Uint32(f.header[:4]) >> 8)
	return p[n:], true
}

func (f *frames) kind() byte     { return f.header[3] }
func (f *frames) flags() byte    { return f.header[4] }
func (f *frames) stream() uint32 { return binary.BigEndian.Uint32(f.header[5:]) &^ (1 << 31) }

// Write notes the streams that are opened, before the child can know of them.
func (c *countedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	for rest, ok := c.out.next(p); ok; rest, ok = c.out.next(rest) {
		switch c.out.kind() {
		case frameHeaders:
			c.open[c.out.stream()] = struct{}{}
		case frameReset:
			delete(c.open, c.out.stream())
		}
	}
	c.mu.Unlock()
	return c.Conn.Write(p)
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
	c.mu.Lock()
	defer c.mu.Unlock()
	for rest, ok := c.in.next(p); ok; rest, ok = c.in.next(rest) {
		kind, flags, stream := c.in.kind(), c.in.flags(), c.in.stream()
		_, open := c.open[stream]
		if kind != frameData || flags&flagPadded != 0 || c.in.skip == 0 || !open {
			control++
		}
		if kind == frameReset || flags&flagEnd != 0 && (kind == frameData || kind == frameHeaders) {
			delete(c.open, stream)
		}
	}
	return control
}

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

	// smallData is below what size a frame of DATA counts that completes no message:
	// gRPC cuts messages at 16 KiB, and where a window ends, which is rare.
	smallData = 1 << 10
)

// countedConn counts what the child sends, whatever it is, and ends a flood of
// frames that only keep gRPC busy: pings, settings, resets, empty data, messages cut
// into crumbs, and data of streams that are not open. gRPC spends ten times on them
// what it costs to send them. They never reach a call, so no other limit sees them. One goroutine
// reads, one writes.
type countedConn struct {
	net.Conn
	read    atomic.Int64
	flooded func(error)

	limit *rate.Limiter
	in    frames
	of    *message // whose bytes the frame at hand has; nil: no message's
	crumb bool     // it is small, and completes none
	err   error

	mu   sync.Mutex
	out  frames
	open map[uint32]*message // by the streams that the supervisor opened and nobody ended
}

func newCountedConn(c net.Conn, flooded func(error)) *countedConn {
	return &countedConn{Conn: c, flooded: flooded, limit: rate.NewLimiter(controlRate, controlBurst),
		out: frames{skip: preface}, open: make(map[uint32]*message)}
}

// frames follows the frames of one direction.
type frames struct {
	header [frameHeader]byte
	have   int // bytes of the next frame's header
	skip   int // bytes of this frame's payload that are to come
}

// next goes on to the end of the next header and returns what came of the payload
// before it, and what follows it; ok is whether there was one.
func (f *frames) next(p []byte) (payload, rest []byte, ok bool) {
	n := min(f.skip, len(p))
	f.skip -= n
	payload, p = p[:n], p[n:]
	n = copy(f.header[f.have:], p)
	f.have += n
	if f.have < frameHeader {
		return payload, nil, false
	}
	f.have = 0
	f.skip = int(binary.BigEndian.Uint32(f.header[:4]) >> 8)
	return payload, p[n:], true
}

func (f *frames) kind() byte     { return f.header[3] }
func (f *frames) flags() byte    { return f.header[4] }
func (f *frames) stream() uint32 { return binary.BigEndian.Uint32(f.header[5:]) &^ (1 << 31) }

// Write notes the streams that are opened, before the child can know of them.
func (c *countedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	for _, rest, ok := c.out.next(p); ok; _, rest, ok = c.out.next(rest) {
		switch c.out.kind() {
		case frameHeaders:
			c.open[c.out.stream()] = new(message)
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

// scan follows the frames and returns how many there were of those that carry
// nothing.
func (c *countedConn) scan(p []byte) (control int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		payload, rest, ok := c.in.next(p)
		if c.of != nil && c.of.take(payload) {
			c.crumb = false
		}
		if !ok {
			return control
		}
		if p = rest; c.crumb {
			control++
		}
		kind, flags, stream := c.in.kind(), c.in.flags(), c.in.stream()
		c.of, c.crumb = nil, false
		if of := c.open[stream]; kind != frameData || flags&flagPadded != 0 || c.in.skip == 0 || of == nil {
			control++
		} else {
			c.of, c.crumb = of, c.in.skip < smallData
		}
		if kind == frameReset || flags&flagEnd != 0 && (kind == frameData || kind == frameHeaders) {
			delete(c.open, stream)
		}
	}
}

// message follows the messages of a stream: a flag, four bytes of length, and as many
// bytes (gRPC over HTTP2, "Length-Prefixed-Message").
type message struct {
	prefix [5]byte
	have   int    // bytes of the next one's prefix
	left   uint32 // bytes of this one that are to come
}

// take goes on by some bytes and reports whether a message ends in them.
func (m *message) take(p []byte) (ends bool) {
	for len(p) > 0 {
		if m.left > 0 {
			n := min(m.left, uint32(len(p)))
			m.left, p = m.left-n, p[n:]
			ends = ends || m.left == 0
			continue
		}
		n := copy(m.prefix[m.have:], p)
		m.have, p = m.have+n, p[n:]
		if m.have == len(m.prefix) {
			m.have, m.left = 0, binary.BigEndian.Uint32(m.prefix[1:])
			ends = ends || m.left == 0
		}
	}
	return ends
}

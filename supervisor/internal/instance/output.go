package instance

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"

	"golang.org/x/time/rate"

	"github.com/facetd/facetd/supervisor/internal/fault"
)

const (
	// maxHandshake bounds the first line of output, in bytes.
	maxHandshake = 128
	// maxLine is where a line of output is cut, in bytes.
	maxLine = 4096
)

// output reads what a child writes to its log pipe: first the handshake line,
// then text that only crashes and native libraries write. A child that writes
// faster than the limit is not read, and blocks in its own write.
type output struct {
	r         io.ReadCloser
	handshake chan error
	limit     *rate.Limiter
	ctx       context.Context

	mu   sync.Mutex
	sink func(text string)
	tail string
}

// readOutput starts reading. ctx ends with the process.
func readOutput(ctx context.Context, r io.ReadCloser, bytesPerSecond, burst int) *output {
	o := &output{
		r: r, ctx: ctx, handshake: make(chan error, 1),
		limit: rate.NewLimiter(rate.Limit(bytesPerSecond), max(burst, maxLine)),
	}
	go o.run()
	return o
}

// deliver sets where lines go from now on.
func (o *output) deliver(sink func(text string)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sink = sink
}

// last returns the last line of output, for the description of a crash.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tail
}

func (o *output) run() {
	defer o.r.Close()
	buf := make([]byte, 0, maxLine)
	greeted := false
	for {
		n, err := o.r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if !greeted {
			line, rest, ok := bytes.Cut(buf, []byte("\n"))
			switch {
			case ok && string(line) == HandshakeLine:
				o.handshake <- nil
			case ok || len(buf) > maxHandshake || bytes.IndexByte(buf, 0) >= 0:
				o.handshake <- fault.New(fault.ProtocolViolation,
					"the runner said %.80q where it has to say %q", line, HandshakeLine)
			case err != nil:
				o.handshake <- fault.New(fault.StartFailed,
					"the runner ended before it was ready, having said %.80q", buf)
			default:
				continue
			}
			greeted = true
			buf = append(buf[:0], rest...)
		}
		buf = o.lines(buf)
		if err != nil {
			if len(buf) > 0 {
				o.line(buf)
			}
			return
		}
	}
}

// lines delivers the complete lines of buf, and all of it when it is full; it
// returns what is left.
func (o *output) lines(buf []byte) []byte {
	rest := buf
	for {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		o.line(rest[:i])
		rest = rest[i+1:]
	}
	if len(rest) == maxLine {
		o.line(rest)
		rest = nil
	}
	return append(buf[:0], rest...)
}

func (o *output) line(b []byte) {
	if o.limit.WaitN(o.ctx, len(b)+1) != nil {
		return // the process is over
	}
	text := strings.ToValidUTF8(string(b), "\uFFFD")
	o.mu.Lock()
	if strings.TrimSpace(text) != "" {
		o.tail = text
	}
	sink := o.sink
	o.mu.Unlock()
	if sink != nil {
		sink(text)
	}
}

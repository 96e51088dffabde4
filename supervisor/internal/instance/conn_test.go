package instance

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/facetd/facetd/supervisor/internal/wire"
)

// pieces is a connection that delivers what it was given.
type pieces struct {
	net.Conn
	r io.Reader
}

func (p pieces) Read(b []byte) (int, error)  { return p.r.Read(b) }
func (p pieces) Write(b []byte) (int, error) { return len(b), nil }

func frame(kind, flags byte, payload int) []byte {
	b := []byte{byte(payload >> 16), byte(payload >> 8), byte(payload), kind, flags, 0, 0, 0, 1}
	return append(b, make([]byte, payload)...)
}

// other makes a frame one of stream 3.
func other(b []byte) []byte {
	b[frameHeader-1] = 3
	return b
}

// filled gives a frame's payload other bytes; the last of them stands to its end.
func filled(b []byte, with ...byte) []byte {
	for i := range b[frameHeader:] {
		b[frameHeader+i] = with[min(i, len(with)-1)]
	}
	return b
}

// Attack 78: what gRPC handles by itself is bounded however it is cut.
func TestControlFrames(t *testing.T) {
	tests := []struct {
		name  string
		frame []byte
		count int
		flood bool
	}{
		{"messages", frame(0, 0, 100), 3 * controlBurst, false},
		{"messages that look like frames", frame(0, 0, 9*5), 3 * controlBurst, false},
		{"messages in two frames", append(filled(frame(0, 0, smallData), 0, 0, 0, 4, 0), frame(0, 0, 5)...), controlBurst, false},
		{"crumbs of messages", bytes.Repeat(filled(frame(0, 0, 1), 0xff), 10), controlBurst, true},
		{"crumbs of one message", filled(frame(0, 0, 9), 0xff), 3 * controlBurst, true},
		{"large pieces of one message", filled(frame(0, 0, smallData), 0xff), 3 * controlBurst, false},
		{"few pings", frame(6, 0, 8), controlBurst - 1, false},
		{"pings", frame(6, 0, 8), 3 * controlBurst, true},
		{"settings", frame(4, 0, 0), 3 * controlBurst, true},
		{"window updates", frame(8, 0, 4), 3 * controlBurst, true},
		{"resets", frame(3, 0, 4), 3 * controlBurst, true},
		{"continuations", frame(9, 0, 1), 3 * controlBurst, true},
		{"empty data", frame(0, 0, 0), 3 * controlBurst, true},
		{"padding", frame(0, flagPadded, 20), 3 * controlBurst, true},
		{"unknown", frame(200, 0, 5), 3 * controlBurst, true},
		{"data of a stream that was never opened", other(frame(0, 0, 100)), 3 * controlBurst, true},
		{"data after the end", append(frame(1, flagEnd, 5), bytes.Repeat(frame(0, 0, 100), 3)...), controlBurst, true},
		{"data after a reset", append(frame(3, 0, 4), bytes.Repeat(frame(0, 0, 100), 3)...), controlBurst, true},
	}
	for _, tt := range tests {
		for cut, reader := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r },
			"half":  iotest.HalfReader,
		} {
			t.Run(tt.name+" "+cut, func(t *testing.T) {
				sent := bytes.Repeat(tt.frame, tt.count)
				calls := 0
				c := newCountedConn(pieces{r: reader(bytes.NewReader(sent))}, func(error) { calls++ })
				opened := append(make([]byte, preface), frame(frameHeaders, 0, 30)...)
				for _, b := range opened { // cut anywhere
					c.Write([]byte{b})
				}
				_, err := io.CopyBuffer(io.Discard, struct{ io.Reader }{c}, make([]byte, 701))
				var violation *wire.ViolationError
				if flood := errors.As(err, &violation); flood != tt.flood || flood != (calls == 1) {
					t.Errorf("flood: %v, told %d times, error %v", flood, calls, err)
				}
				if !tt.flood && c.read.Load() != int64(len(sent)) {
					t.Errorf("%d of %d bytes", c.read.Load(), len(sent))
				}
			})
		}
	}
}

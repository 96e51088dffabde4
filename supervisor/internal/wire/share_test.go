package wire

import (
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// countingStream counts the bytes of chunks that are sent; the test says what comes.
type countingStream struct {
	chunks atomic.Int64
	recv   chan *facetv1.Packet
}

func (s *countingStream) Send(p *facetv1.Packet) error {
	for _, f := range p.Frames {
		s.chunks.Add(int64(len(f.GetChunk().GetData())))
	}
	return nil
}

func (s *countingStream) Recv() (*facetv1.Packet, error) {
	p, ok := <-s.recv
	if !ok {
		return nil, io.EOF
	}
	return p, nil
}

func counting(t *testing.T, n int) (m *Mux, s *countingStream, calls []*Call, lost chan error) {
	t.Helper()
	s = &countingStream{recv: make(chan *facetv1.Packet)}
	lost = make(chan error, 1)
	m = New(s, Config{Broken: func(*facetv1.Failure) {}, Lost: func(err error) { lost <- err }})
	t.Cleanup(func() {
		m.End(errors.New("over"))
		close(s.recv)
	})
	for range n {
		c, err := m.Fetch(&facetv1.RequestHead{Method: "POST", HasBody: true})
		if err != nil {
			t.Fatal(err)
		}
		calls = append(calls, c)
	}
	return m, s, calls, lost
}

// Bodies that nobody reads take little of a process's memory, however many there are,
// and each goes on with the credit that a runner gives for little.
func TestManyBodiesShareTheWindows(t *testing.T) {
	m, s, calls, _ := counting(t, 1024)
	for _, c := range calls {
		go func() { _, _ = c.Write(t.Context(), make([]byte, 3*minWindow)) }()
	}
	want := int64(len(calls) * (spread / len(calls)))
	waitFor(t, "each has its share", func() bool { return s.chunks.Load() == want })
	m.mu.Lock()
	sent := calls[0].sent
	m.mu.Unlock()
	s.recv <- &facetv1.Packet{Frames: []*facetv1.Frame{credit(calls[0].id, uint32(sent))}}
	waitFor(t, "one goes on", func() bool { return s.chunks.Load() == want+3*minWindow-sent })
}

// A runner that says more than its shares while nothing is read ends, even though each
// call's window has room; one whose bodies are read or given up does not.
func TestUnreadBodiesAreBounded(t *testing.T) {
	const fit = (maxInflow + inflowPlace*MaxIncoming) / Window
	m, s, calls, lost := counting(t, 2*fit+1)
	full := func(c *Call) {
		s.recv <- &facetv1.Packet{Frames: []*facetv1.Frame{head(c.id, "", false), chunk(c.id, Window, false)}}
	}
	for _, c := range calls[:fit] {
		full(c)
	}
	for i, c := range calls[:fit] {
		if i%2 == 0 {
			c.Cancel(io.ErrUnexpectedEOF)
		} else if b, err := c.Next(t.Context()); len(b) != Window || err != nil {
			t.Fatal(len(b), err)
		}
	}
	for _, c := range calls[fit : 2*fit] {
		full(c)
	}
	m.mu.Lock()
	unread := m.unread
	m.mu.Unlock()
	if unread < (fit-1)*Window || unread > fit*Window {
		t.Errorf("%d bytes are counted", unread)
	}
	select {
	case err := <-lost:
		t.Fatal(err)
	default:
	}
	full(calls[2*fit])
	if err := <-lost; !IsViolation(err) {
		t.Error(err)
	}
}

// A runner that waits with less than a window of what it said gets credit for it.
func TestCreditForLittle(t *testing.T) {
	m, p, _ := mux(t)
	call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	p.say(head(call.id, "", false), chunk(call.id, minWindow, false))
	if b, err := call.Next(t.Context()); len(b) != minWindow || err != nil {
		t.Fatal(len(b), err)
	}
	if f := <-p.sent; f.GetCredit().GetBytes() != minWindow {
		t.Errorf("%v", f)
	}
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

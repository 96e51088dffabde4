package wire

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// deafStream is the end of a runner that neither reads nor writes.
type deafStream struct{ over chan struct{} }

func (s deafStream) Send(*facetv1.Packet) error {
	<-s.over
	return io.ErrClosedPipe
}

func (s deafStream) Recv() (*facetv1.Packet, error) {
	<-s.over
	return nil, io.EOF
}

// A runner that does not read keeps nothing of calls that were given up: clients
// that come and go would fill the supervisor's memory otherwise.
func TestGivenUpCallsLeaveTheQueue(t *testing.T) {
	stream := deafStream{make(chan struct{})}
	m := New(stream, Config{Broken: func(*facetv1.Failure) {}, Lost: func(error) {}})
	defer close(stream.over)
	defer m.End(errors.New("over"))
	// These stand in Send, or wait behind it.
	for range inlineCalls + 1 {
		go func() { _, _ = m.Fetch(&facetv1.RequestHead{Method: "GET", End: true}) }()
	}
	for end := time.Now().Add(patience); m.Stalled(time.Now()) == 0 || m.Active() <= inlineCalls; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing is being sent")
		}
	}
	for range 1000 {
		c, err := m.Fetch(&facetv1.RequestHead{Method: "POST", HasBody: true, Body: make([]byte, 64<<10)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(t.Context(), make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		c.Cancel(context.Canceled)
	}
	expired, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	m.Expire(time.Now().Add(time.Second), io.ErrUnexpectedEOF)
	if _, err := expired.Head(t.Context()); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
	m.out.mu.Lock()
	defer m.out.mu.Unlock()
	// Cancel frames of those that were under way when they expired may remain.
	if n := len(m.out.frames); n > inlineCalls+1 {
		t.Errorf("%d frames wait for the runner", n)
	}
}

// Pieces of one byte cost what their bytes cost.
func TestSmallChunksAreJoined(t *testing.T) {
	m, p, _ := mux(t)
	call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	const n = 50000
	frames := []*facetv1.Frame{head(call.id, "", false)}
	for i := range n {
		f := chunk(call.id, 1, false)
		f.GetChunk().Data[0] = byte(i)
		frames = append(frames, f)
	}
	p.say(frames...)
	p.say(chunk(call.id, 0, true))
	var body []byte
	if _, err := call.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	for pieces := 0; ; pieces++ {
		b, err := call.Next(t.Context())
		if err == io.EOF {
			if pieces > n/10 {
				t.Errorf("%d pieces", pieces)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, b...)
	}
	if len(body) != n {
		t.Fatalf("%d bytes", len(body))
	}
	for i, b := range body {
		if b != byte(i) {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
}

// What moves nothing is heard, and is no progress: it would be an excuse for any
// use of the processor.
func TestEmptyFramesAreNoProgress(t *testing.T) {
	m, p, _ := mux(t)
	call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	gone, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	gone.Cancel(context.Canceled)
	before, heard := m.Progress(), m.Heard()
	p.say(credit(call.id, 0), head(gone.id, "late", true))
	p.say(&facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{}}}) // both before are dispatched
	p.say(&facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{}}})
	if got := m.Progress(); got != before {
		t.Errorf("%d frames of progress", got-before)
	}
	if got := m.Heard(); got != heard+2 {
		t.Errorf("%d frames heard", got-heard)
	}
	p.say(head(call.id, "now", true))
	if _, err := call.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.Progress() == before {
		t.Error("an answer is no progress")
	}
}

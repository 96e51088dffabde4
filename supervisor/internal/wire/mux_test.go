package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/leak"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

func TestMain(m *testing.M) { leak.Main(m, nil) }

// patience ends a test that hangs, however slow the machine is.
const patience = time.Minute

// pipe is a stream whose other end is the test. Package instance's tests run a
// real process there; here single frames are put at exact moments.
type pipe struct {
	sent chan *facetv1.Frame
	recv chan *facetv1.Packet
	over chan struct{}
}

func newPipe() *pipe {
	return &pipe{sent: make(chan *facetv1.Frame, 1000), recv: make(chan *facetv1.Packet), over: make(chan struct{})}
}

func (p *pipe) Send(packet *facetv1.Packet) error {
	for _, f := range packet.Frames {
		p.sent <- f
	}
	return nil
}

func (p *pipe) Recv() (*facetv1.Packet, error) {
	select {
	case packet := <-p.recv:
		return packet, nil
	case <-p.over:
		return nil, io.EOF
	}
}

func (p *pipe) say(frames ...*facetv1.Frame) { p.recv <- &facetv1.Packet{Frames: frames} }

// mux starts a Mux and returns it with its other end and where its end shows.
func mux(t *testing.T) (*Mux, *pipe, chan error) {
	t.Helper()
	p := newPipe()
	lost := make(chan error, 1)
	m := New(p, Config{Broken: func(*facetv1.Failure) {}, Lost: func(err error) { lost <- err }})
	t.Cleanup(func() {
		m.End(errors.New("over"))
		close(p.over)
	})
	return m, p, lost
}

func head(call uint64, body string, end bool) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Response{Response: &facetv1.ResponseHead{Status: 200, Body: []byte(body), End: end}}}
}

func chunk(call uint64, n int, end bool) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Chunk{Chunk: &facetv1.Chunk{Data: make([]byte, n), End: end}}}
}

func credit(call uint64, n uint32) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Credit{Credit: &facetv1.Credit{Bytes: n}}}
}

func TestWindowOfAResponse(t *testing.T) {
	m, p, lost := mux(t)
	call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	p.say(head(call.id, "", false), chunk(call.id, Window/2, false), chunk(call.id, Window/2, false))
	if _, err := call.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b, err := call.Next(t.Context()); len(b) != Window/2 || err != nil {
		t.Fatal(len(b), err)
	}
	// Half of the window was read: it is given back, at once.
	if f := <-p.sent; f.GetCredit().GetBytes() != Window/2 {
		t.Fatalf("%v", f)
	}
	p.say(chunk(call.id, Window/2, false), chunk(call.id, 1, false))
	if err := <-lost; !IsViolation(err) {
		t.Errorf("%v", err)
	}
}

func TestWindowOfARequest(t *testing.T) {
	m, p, _ := mux(t)
	call, err := m.Fetch(&facetv1.RequestHead{Method: "POST", HasBody: true, Body: make([]byte, 1000)})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	done := make(chan error, 1)
	go func() {
		n, err := call.Write(t.Context(), make([]byte, Window))
		if n != Window && err == nil {
			err = fmt.Errorf("%d bytes", n)
		}
		call.CloseWrite()
		done <- err
	}()
	got := 1000
	for got < Window {
		got += len((<-p.sent).GetChunk().GetData())
	}
	select {
	case <-done:
		t.Fatal("more than the window was sent")
	case f := <-p.sent:
		t.Fatalf("more than the window was sent: %d", len(f.GetChunk().GetData()))
	case <-time.After(20 * time.Millisecond):
	}
	p.say(credit(call.id, 1000))
	if n := len((<-p.sent).GetChunk().GetData()); n != 1000 {
		t.Errorf("%d", n)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if f := <-p.sent; !f.GetChunk().GetEnd() {
		t.Errorf("%v", f)
	}
}

func TestCreditOverrun(t *testing.T) {
	m, p, lost := mux(t)
	call, err := m.Fetch(&facetv1.RequestHead{Method: "POST", HasBody: true, Body: make([]byte, 10)})
	if err != nil {
		t.Fatal(err)
	}
	p.say(credit(call.id, 10))
	p.say(credit(call.id, 1))
	if err := <-lost; !IsViolation(err) {
		t.Errorf("%v", err)
	}
}

// The runner does not want the rest of a request body: the writer stops, without
// an error.
func TestRunnerStopsARequestBody(t *testing.T) {
	for name, f := range map[string]func(id uint64) *facetv1.Frame{
		"cancel": func(id uint64) *facetv1.Frame {
			return &facetv1.Frame{Call: id, Kind: &facetv1.Frame_Cancel{Cancel: &facetv1.Cancel{}}}
		},
		"early answer": func(id uint64) *facetv1.Frame { return head(id, "no", true) },
	} {
		t.Run(name, func(t *testing.T) {
			m, p, _ := mux(t)
			call, err := m.Fetch(&facetv1.RequestHead{Method: "POST", HasBody: true})
			if err != nil {
				t.Fatal(err)
			}
			wrote := make(chan error, 1)
			go func() { _, err := call.Write(t.Context(), make([]byte, 10*Window)); wrote <- err }()
			p.say(f(call.id))
			if err := <-wrote; err != nil {
				t.Error(err)
			}
			p.say(credit(call.id, 100)) // crosses the end: no violation
			if m.Active() > 1 {
				t.Error("calls are left")
			}
		})
	}
}

func TestResponseLimit(t *testing.T) {
	p := newPipe()
	m := New(p, Config{ResponseBytes: 10, Broken: func(*facetv1.Failure) {}, Lost: func(err error) { t.Errorf("lost: %v", err) }})
	defer func() { m.End(io.EOF); close(p.over) }()
	call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	p.say(head(call.id, "12345678901", true))
	if _, err := call.Head(t.Context()); !errors.Is(err, fault.ErrResponseTooLarge) {
		t.Errorf("%v", err)
	}
	if f := <-p.sent; f.GetCancel() == nil {
		t.Errorf("%v", f)
	}
	p.say(chunk(call.id, 5, true)) // late, and ignored
}

// The status text counts as the header fields do: 256 answers that nobody reads would
// be a gigabyte otherwise.
func TestHeadLimit(t *testing.T) {
	m, p, _ := mux(t)
	for _, tt := range []struct {
		text, headers int
		want          error
	}{{60 << 10, 4 << 10, nil}, {64<<10 + 1, 0, fault.ErrResponseTooLarge}, {32 << 10, 33 << 10, fault.ErrResponseTooLarge}, {3 << 20, 0, fault.ErrResponseTooLarge}} {
		call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
		if err != nil {
			t.Fatal(err)
		}
		<-p.sent
		answer := head(call.id, "", true)
		answer.GetResponse().StatusText = strings.Repeat("t", tt.text)
		if tt.headers > 0 {
			answer.GetResponse().Headers = AppendHeader(nil, "a", strings.Repeat("v", tt.headers-3))
		}
		p.say(answer)
		if _, err := call.Head(t.Context()); !errors.Is(err, tt.want) {
			t.Errorf("%d and %d bytes: %v", tt.text, tt.headers, err)
		}
		if tt.want != nil {
			<-p.sent // the cancel
		}
	}
}

func TestEndFailsEverything(t *testing.T) {
	m, p, _ := mux(t)
	end := errors.New("the end")
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := m.Call(context.Background(), Method{Name: "x"}); err != end { //nolint:errorlint // the very error
				t.Error(err)
			}
		})
	}
	for range 10 {
		<-p.sent
	}
	m.End(end)
	all.Wait()
	var unsent *UnsentError
	if _, err := m.Fetch(&facetv1.RequestHead{End: true}); !errors.As(err, &unsent) || !errors.Is(err, end) {
		t.Error(err)
	}
	if m.Active() != 0 {
		t.Error("calls are left")
	}
}

func TestExpire(t *testing.T) {
	m, p, lost := mux(t)
	call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	if n := m.Expire(time.Now().Add(-time.Hour), fault.ErrCallWall); n != 0 {
		t.Errorf("%d calls expired", n)
	}
	if n := m.Expire(time.Now().Add(time.Hour), fault.ErrCallWall); n != 1 {
		t.Errorf("%d calls expired", n)
	}
	if _, err := call.Head(t.Context()); !errors.Is(err, fault.ErrCallWall) {
		t.Error(err)
	}
	if f := <-p.sent; f.GetCancel() == nil || f.Call != call.id {
		t.Errorf("%v", f)
	}
	p.say(head(call.id, "late", true))
	select {
	case err := <-lost:
		t.Error(err)
	case p.recv <- &facetv1.Packet{Frames: []*facetv1.Frame{{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{}}}}}:
	}
}

func TestCanceledSet(t *testing.T) {
	var s canceledSet
	const n = 3 * keepCanceled
	for id := uint64(1); id < 2*n; id += 2 {
		s.add(id, id+2)
	}
	for _, id := range []uint64{1, 3, 2*n - 1} {
		if !s.has(id) {
			t.Errorf("%d was forgotten", id)
		}
	}
	if s.has(2*n + 1) {
		t.Error("a call that was not cancelled counts as such")
	}
	if len(s.ids) > keepCanceled {
		t.Errorf("%d are remembered", len(s.ids))
	}
}

// Frames that move nothing are tolerated up to a number no honest runner
// reaches.
func TestIdleFlood(t *testing.T) {
	flood := func(f *facetv1.Frame) *facetv1.Packet {
		frames := make([]*facetv1.Frame, 1000)
		for i := range frames {
			frames[i] = f
		}
		return &facetv1.Packet{Frames: frames}
	}
	for name, f := range map[string]*facetv1.Frame{
		"empty chunk": chunk(1, 0, false), "no credit": credit(1, 0), "ended call": credit(3, 0), "cancelled call": chunk(5, 9, false),
	} {
		t.Run(name, func(t *testing.T) {
			m, p, lost := mux(t)
			for range 3 {
				if _, err := m.Fetch(&facetv1.RequestHead{HasBody: true}); err != nil {
					t.Fatal(err)
				}
			}
			p.say(head(1, "", false), head(3, "", true))
			m.mu.Lock()
			five := m.calls[5]
			m.mu.Unlock()
			five.Cancel(io.EOF)
			for range Window / 1000 {
				select {
				case p.recv <- flood(f):
				case err := <-lost:
					t.Fatalf("too early: %v", err)
				}
			}
			for range 2*Window/1000 + 2 {
				select {
				case p.recv <- flood(f):
				case err := <-lost:
					if !IsViolation(err) {
						t.Error(err)
					}
					return
				}
			}
			t.Error("the flood goes on")
		})
	}
}

package wire

import (
	"errors"
	"strings"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/socket"
)

// slowOwner takes its time to hear that it is dropped: its facet is busy.
type slowOwner struct {
	*owner
	heard, free chan struct{}
}

func (o slowOwner) Abandon(error) {
	o.heard <- struct{}{}
	<-o.free
}

// A message that is too large is refused once, however many follow, and what else the
// runner says is received while its facet is told: an answer may be what that waits for.
func TestRefusedMessageHoldsNothingUp(t *testing.T) {
	o := slowOwner{&owner{queue: socket.NewQueue()}, make(chan struct{}, 100), make(chan struct{})}
	m, p, lost := accepting(t, func(c *Config) {
		c.SocketBytes = 1000
		c.NewSocket = func(s *Socket) SocketOwner { o.near = s; return o }
	}, func(in *Incoming) { until(in.Context()) })
	defer close(o.free)
	c, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true, WebSocket: true})
	if err != nil {
		t.Fatal(err)
	}
	p.say(upgrade(c.id))
	done := make(chan error, 1)
	go func() {
		_, err := m.Call(t.Context(), Method{Name: "x", Args: noArgs})
		done <- err
	}()
	for m.Active() == 0 {
		time.Sleep(time.Millisecond)
	}
	go func() {
		for range 50 {
			p.say(said(c.id, true, strings.Repeat("x", 1001)))
		}
		p.say(resultWith(c.id + 2))
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case err := <-lost:
		t.Fatal(err)
	case <-time.After(patience):
		t.Fatal("the answer is not received")
	}
	<-o.heard
	if len(o.heard) > 0 {
		t.Errorf("refused %d times", 1+len(o.heard))
	}
}

// A socket that is passed on and has just ended is a failure, not an answer with
// status 101 and no socket.
func TestSpliceOfAnEndedSocket(t *testing.T) {
	all := &owners{}
	far := &owner{queue: socket.NewQueue()}
	m, p, _ := accepting(t, func(c *Config) { c.NewSocket = all.make }, func(in *Incoming) {
		if err := in.Upgrade(&facetv1.ResponseHead{Status: 101}, far, time.Minute); err != nil {
			t.Error(err)
		}
	})
	f := hostFetch(2, "", true)
	r := f.GetRequest()
	r.Method, r.HasBody, r.Body, r.WebSocket = "GET", false, nil, true
	p.say(f)
	<-p.sent
	c, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true, WebSocket: true})
	if err != nil {
		t.Fatal(err)
	}
	all.last.near.Drop(errOver)
	passed := upgrade(c.id)
	passed.GetResponse().Splice = 2
	p.say(passed)
	if head, err := c.Head(t.Context()); !errors.Is(err, socket.ErrLost) || m.Active() != 0 {
		t.Errorf("%v, %v", head, err)
	}
}

// What a socket says is counted until it is taken or the socket ends, once.
func TestSocketBytesAreCountedOnce(t *testing.T) {
	m, p, _, end, id := opened(t, nil)
	unread := func(want int) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			m.mu.Lock()
			got := m.socketBytes
			m.mu.Unlock()
			if got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d bytes, want %d", got, want)
			}
		}
	}
	p.say(said(id, true, "first"), said(id, true, "second"))
	unread(5 + 6 + 2*64)
	e, _ := end.Receive()
	e.Taken()
	e.Taken()
	unread(6 + 64)
	p.say(closing(id, 1000, ""))
	if err := end.Send(socket.Event{Close: true, Code: 1000}); err != nil {
		t.Fatal(err)
	}
	unread(0)
	if m.Sockets() != 0 {
		t.Error("the socket stays")
	}
	e, _ = end.Receive()
	e.Taken()
	unread(0)
}

// A runner that has closed may still say that it dropped the socket.
func TestLossAfterClose(t *testing.T) {
	m, p, lost, _, id := opened(t, nil)
	p.say(closing(id, 1000, ""), closing(id, socket.CodeLost, ""))
	p.say(&facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{}}}) // when it is taken, the others have been dealt with
	select {
	case err := <-lost:
		t.Error(err)
	default:
	}
	if m.Sockets() != 0 {
		t.Error("the socket stays")
	}
}

package wire

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/socket"
)

// owner is an end that does nothing but write down what it is told.
type owner struct {
	near  *Socket
	queue *socket.Queue

	mu        sync.Mutex
	states    []*facetv1.WsState
	lost      error
	abandoned error
	settled   int
}

func (o *owner) Receive() (socket.Event, error) { return o.queue.Pop(context.Background()) }
func (o *owner) Send(e socket.Event) error      { return o.near.Send(context.Background(), e) }
func (o *owner) Said(e socket.Event)            { o.queue.Push(e) }

func (o *owner) Abandon(err error) { o.set(func() { o.abandoned = err }); o.queue.Fail(err) }
func (o *owner) Lost(err error)    { o.set(func() { o.lost = err }); o.queue.Fail(err) }

func (o *owner) Settled(sent int) func() { o.set(func() { o.settled = sent }); return nil }

func (o *owner) State(k *facetv1.WsState) error {
	if len(k.Tags) > 10 {
		return errors.New("too many tags")
	}
	o.set(func() { o.states = append(o.states, k) })
	return nil
}

func (o *owner) set(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

func (o *owner) get(f func() bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return f()
}

// owners makes ends; the latest is at hand.
type owners struct {
	mu   sync.Mutex
	last *owner
}

func (o *owners) make(s *Socket) SocketOwner {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = &owner{near: s, queue: socket.NewQueue()}
	return o.last
}

func upgrade(call uint64) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Response{Response: &facetv1.ResponseHead{Status: 101, WebSocket: true, End: true}}}
}

func said(call uint64, text bool, data string) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_WsMessage{WsMessage: &facetv1.WsMessage{Text: text, Data: []byte(data)}}}
}

func closing(call uint64, code uint32, reason string) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_WsClose{WsClose: &facetv1.WsClose{Code: code, Reason: reason}}}
}

func stateOf(call uint64, s *facetv1.WsState) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_WsState{WsState: s}}
}

// opened returns a call that was answered with a socket.
func opened(t *testing.T, change func(*Config)) (*Mux, *pipe, chan error, *owner, uint64) {
	t.Helper()
	all := &owners{}
	m, p, lost := accepting(t, func(c *Config) {
		c.NewSocket = all.make
		c.Auto = func(a *facetv1.WsAuto) error {
			if len(a.Request) > 10 {
				return errors.New("too long")
			}
			return nil
		}
		if change != nil {
			change(c)
		}
	}, func(in *Incoming) { until(in.Context()) })
	c, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true, WebSocket: true})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	p.say(upgrade(c.id))
	head, err := c.Head(t.Context())
	if err != nil || head.Status != 101 {
		t.Fatal(head, err)
	}
	end, _ := c.Socket().(*owner)
	if end == nil || end != all.last || m.Active() != 0 || m.Sockets() != 1 {
		t.Fatalf("%v, %d calls, %d sockets", end, m.Active(), m.Sockets())
	}
	return m, p, lost, end, c.id
}

// What a runner may not say on or about a socket ends it; the control is the same
// frame where it may.
func TestHostileSocket(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	tests := []struct {
		name          string
		allowed, evil func(id uint64) []*facetv1.Frame
	}{
		{"text that is none",
			func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{said(id, false, "\xff\xfe")} },
			func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{said(id, true, "\xff\xfe")} }},
		{"more than the window",
			func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{said(id, true, big)} },
			func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{said(id, true, big), said(id, true, "")} }},
		{"empty messages without end", nil, func(id uint64) []*facetv1.Frame {
			var out []*facetv1.Frame
			for range socketWindow/64 + 1 {
				out = append(out, said(id, true, ""))
			}
			return out
		}},
		{"a message after the close",
			func(id uint64) []*facetv1.Frame {
				return []*facetv1.Frame{said(id, true, "x"), closing(id, 1000, "")}
			},
			func(id uint64) []*facetv1.Frame {
				return []*facetv1.Frame{closing(id, 1000, ""), said(id, true, "x")}
			}},
		{"two closes", nil, func(id uint64) []*facetv1.Frame {
			return []*facetv1.Frame{closing(id, 1000, ""), closing(id, 1000, "")}
		}},
		{"close code 999", func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{closing(id, 4999, "")} },
			func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{closing(id, 999, "")} }},
		{"close code 1015", nil, func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{closing(id, 1015, "")} }},
		{"close code 1004", nil, func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{closing(id, 1004, "")} }},
		{"close code 2^32-1", nil, func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{closing(id, 1<<32-1, "")} }},
		{"a long reason",
			func(id uint64) []*facetv1.Frame {
				return []*facetv1.Frame{closing(id, 1000, strings.Repeat("r", 123))}
			},
			func(id uint64) []*facetv1.Frame {
				return []*facetv1.Frame{closing(id, 1000, strings.Repeat("r", 124))}
			}},
		{"a reason that is no text", nil, func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{closing(id, 1000, "\xff")} }},
		{"credit for nothing", func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{credit(id, 0)} },
			func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{credit(id, 1)} }},
		{"a state that its owner refuses",
			func(id uint64) []*facetv1.Frame {
				return []*facetv1.Frame{stateOf(id, &facetv1.WsState{Hibernate: true, Tags: []string{"a"}})}
			},
			func(id uint64) []*facetv1.Frame {
				return []*facetv1.Frame{stateOf(id, &facetv1.WsState{Hibernate: true, Tags: make([]string, 11)})}
			}},
		{"an automatic answer that is too long",
			func(uint64) []*facetv1.Frame {
				return []*facetv1.Frame{{Kind: &facetv1.Frame_WsAuto{WsAuto: &facetv1.WsAuto{Set: true, Request: "a"}}}}
			},
			func(uint64) []*facetv1.Frame {
				return []*facetv1.Frame{{Kind: &facetv1.Frame_WsAuto{WsAuto: &facetv1.WsAuto{Set: true, Request: "aaaaaaaaaaa"}}}}
			}},
		{"a body for a socket", nil, func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{chunk(id, 1, false)} }},
		{"a second response", nil, func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{upgrade(id)} }},
		{"a socket that was never opened", nil, func(id uint64) []*facetv1.Frame { return []*facetv1.Frame{said(id+2, true, "x")} }},
		{"a socket of no call", nil, func(uint64) []*facetv1.Frame { return []*facetv1.Frame{said(0, true, "x")} }},
		{"nothing in a message", nil, func(id uint64) []*facetv1.Frame {
			return []*facetv1.Frame{{Call: id, Kind: &facetv1.Frame_WsMessage{}}}
		}},
		{"nothing in a close", nil, func(id uint64) []*facetv1.Frame {
			return []*facetv1.Frame{{Call: id, Kind: &facetv1.Frame_WsClose{}}}
		}},
		{"nothing in a state", nil, func(id uint64) []*facetv1.Frame {
			return []*facetv1.Frame{{Call: id, Kind: &facetv1.Frame_WsState{}}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.allowed != nil {
				_, p, lost, _, id := opened(t, nil)
				p.say(tt.allowed(id)...)
				p.say(&facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{}}}) // what came before is dispatched
				select {
				case err := <-lost:
					t.Errorf("the control: %v", err)
				default:
				}
			}
			_, p, lost, _, id := opened(t, nil)
			p.say(tt.evil(id)...)
			if err := <-lost; !IsViolation(err) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A 101 that nobody asked for, or without a socket, or that passes on what is not
// there.
func TestHostileUpgrade(t *testing.T) {
	change := func(f *facetv1.Frame, change func(*facetv1.ResponseHead)) *facetv1.Frame {
		change(f.GetResponse())
		return f
	}
	for name, tt := range map[string]struct {
		asked bool
		evil  func(id uint64) *facetv1.Frame
	}{
		"not asked for": {false, upgrade},
		"101 without a socket": {true, func(id uint64) *facetv1.Frame {
			return change(upgrade(id), func(h *facetv1.ResponseHead) { h.WebSocket = false })
		}},
		"a socket with 200": {true, func(id uint64) *facetv1.Frame {
			return change(upgrade(id), func(h *facetv1.ResponseHead) { h.Status = 200 })
		}},
		"with a body": {true, func(id uint64) *facetv1.Frame {
			return change(upgrade(id), func(h *facetv1.ResponseHead) { h.Body = []byte("x") })
		}},
		"with a body to come": {true, func(id uint64) *facetv1.Frame {
			return change(upgrade(id), func(h *facetv1.ResponseHead) { h.End = false })
		}},
		"passes on no call": {true, func(id uint64) *facetv1.Frame {
			return change(upgrade(id), func(h *facetv1.ResponseHead) { h.Splice = 2 })
		}},
		"passes on its own call": {true, func(id uint64) *facetv1.Frame {
			return change(upgrade(id), func(h *facetv1.ResponseHead) { h.Splice = id })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m, p, lost := accepting(t, func(c *Config) { c.NewSocket = (&owners{}).make }, func(*Incoming) {})
			c, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true, WebSocket: tt.asked})
			if err != nil {
				t.Fatal(err)
			}
			<-p.sent
			p.say(tt.evil(c.id))
			if err := <-lost; !IsViolation(err) {
				t.Errorf("%v", err)
			}
		})
	}
}

// The window bounds what is sent to a runner that deals with nothing.
func TestSocketWindow(t *testing.T) {
	m, p, _, end, id := opened(t, nil)
	message := socket.Event{Text: true, Data: make([]byte, 16<<10)}
	sent := make(chan error, 1)
	go func() {
		for range 5 {
			if err := end.Send(message); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for range 4 {
		<-p.sent
	}
	select {
	case f := <-p.sent:
		t.Fatalf("beyond the window: %v", f.Call)
	case <-sent:
		t.Fatal("it did not wait")
	case <-time.After(50 * time.Millisecond):
	}
	p.say(credit(id, uint32(message.Cost())))
	<-p.sent
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	p.say(credit(id, uint32(4*message.Cost())))
	for deadline := time.Now().Add(patience); !end.get(func() bool { return end.settled == 5 }); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not settled")
		}
	}
	m.End(errOver)
	if err := end.Send(message); !errors.Is(err, errOver) {
		t.Errorf("after the end: %v", err)
	}
	if !end.get(func() bool { return errors.Is(end.lost, errOver) }) || m.Sockets() != 0 {
		t.Errorf("%v, %d", end.lost, m.Sockets())
	}
}

var errOver = errors.New("the end of the test")

// What a runner says and nobody takes is bounded over all of its sockets; the one
// that goes beyond it is closed, the runner is not to blame.
func TestSocketBytesAreBounded(t *testing.T) {
	m, p, lost, first, _ := opened(t, nil)
	ends := []*owner{first}
	for range maxSocketBytes>>20 + 2 {
		c, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true, WebSocket: true})
		if err != nil {
			t.Fatal(err)
		}
		p.say(upgrade(c.id))
		if _, err := c.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
		end := c.Socket().(*owner)
		ends = append(ends, end)
		p.say(said(c.id, false, string(make([]byte, 1<<20))))
	}
	last := ends[len(ends)-1]
	var e *socket.CloseError
	for deadline := time.Now().Add(patience); !last.get(func() bool { return errors.As(last.abandoned, &e) && e.Code == socket.CodeBusy }); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%v", last.abandoned)
		}
	}
	select {
	case err := <-lost:
		t.Error(err)
	default:
	}
}

// A socket that the runner is answered with carries nothing before it is accepted,
// can be passed on instead, and is dropped when neither happens.
func TestAnsweredSocket(t *testing.T) {
	far := func() *owner { return &owner{queue: socket.NewQueue()} }
	all := &owners{}
	answers := make(chan *owner, 10)
	m, p, lost := accepting(t, func(c *Config) { c.NewSocket = all.make }, func(in *Incoming) {
		o, patience := far(), time.Minute
		if in.Request.Url == "https://x.example/impatient" {
			patience = time.Millisecond
		}
		if err := in.Upgrade(&facetv1.ResponseHead{Status: 101}, o, patience); err != nil {
			t.Error(err)
		}
		answers <- o
	})
	ask := func(id uint64, path string) *owner {
		f := hostFetch(id, "", true)
		r := f.GetRequest()
		r.Method, r.HasBody, r.Body, r.WebSocket, r.Url = "GET", false, nil, true, "https://x.example/"+path
		p.say(f)
		if got := <-p.sent; !got.GetResponse().GetWebSocket() {
			t.Fatalf("%v", got)
		}
		return <-answers
	}
	a := ask(2, "")
	a.queue.Push(socket.Event{Text: true, Data: []byte("early")})
	p.say(stateOf(2, &facetv1.WsState{Accept: true}))
	if got := <-p.sent; string(got.GetWsMessage().GetData()) != "early" {
		t.Fatalf("%v", got)
	}
	b := ask(4, "")
	c, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true, WebSocket: true})
	if err != nil {
		t.Fatal(err)
	}
	<-p.sent
	passed := upgrade(c.id)
	passed.GetResponse().Splice = 4
	p.say(passed)
	if _, err := c.Head(t.Context()); err != nil || c.Socket() != socket.End(b) {
		t.Fatalf("not what was passed on, %v", err)
	}
	d := ask(6, "impatient")
	if got := <-p.sent; got.GetWsClose().GetCode() != socket.CodeLost || !d.get(func() bool { return d.abandoned != nil }) {
		t.Errorf("%v", got)
	}
	a.queue.Fail(errOver)
	e := ask(8, "")
	p.say(said(8, true, "x"))
	if err := <-lost; !IsViolation(err) {
		t.Errorf("a message before accept: %v", err)
	}
	m.End(errOver)
	for deadline := time.Now().Add(patience); !e.get(func() bool { return e.abandoned != nil }); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the far end is not told")
		}
	}
}

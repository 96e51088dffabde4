package wire

import (
	"errors"
	"io"
	"testing"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// forwarding is a call of the runner whose answer is to answer another call.
func forwarding(call, answers uint64) *facetv1.Frame {
	f := hostFetch(call, "", true)
	f.GetRequest().Forward = answers
	return f
}

func textHead(body string, end bool) *facetv1.ResponseHead {
	return &facetv1.ResponseHead{Status: 201, StatusText: "Made", Headers: []byte("a\x00b\x00"), Body: []byte(body), End: end}
}

// asked opens a fetch call and takes its request from the queue.
func asked(t *testing.T, m *Mux, p *pipe) *Call {
	t.Helper()
	call, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true})
	if err != nil {
		t.Fatal(err)
	}
	for {
		switch f := <-p.sent; {
		case f.GetRequest() != nil:
			return call
		case !f.GetResponse().GetForwarded():
			t.Fatalf("%v", f)
		}
	}
}

func TestForward(t *testing.T) {
	m, p, lost := accepting(t, nil, func(in *Incoming) { in.Respond(textHead("hello", true)) })
	for round := range 3 {
		call := asked(t, m, p)
		own := uint64(2 + 2*round)
		p.say(forwarding(own, call.id))
		head, err := call.Head(t.Context())
		if err != nil || head.Status != 201 || head.Text != "Made" || head.Header().Get("a") != "b" {
			t.Fatalf("%+v, %v", head, err)
		}
		if b, err := call.Next(t.Context()); string(b) != "hello" || err != nil {
			t.Fatalf("%q, %v", b, err)
		}
		if b, err := call.Next(t.Context()); err != io.EOF {
			t.Fatalf("%q, %v; want the end", b, err)
		}
		// The runner may answer by itself, or give up, before it is told.
		p.say(head200(call.id), cancelFrame(own))
		told := <-p.sent
		r := told.GetResponse()
		if told.Call != own || !r.GetForwarded() || !r.End || r.Status != 201 || r.StatusText != "Made" || string(r.Headers) != "a\x00b\x00" || string(r.Body) != "h" {
			t.Fatalf("told %v", told)
		}
		if m.Active() != 0 {
			t.Fatal("the call goes on")
		}
	}
	select {
	case err := <-lost:
		t.Fatal(err)
	default:
	}
}

func head200(call uint64) *facetv1.Frame { return head(call, "late", true) }

// What may not be passed on goes to the runner as ever, whose own answer counts.
func TestForwardOnlyWhatItMay(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		names  uint64 // what the runner names; the open call is 1
		answer *facetv1.ResponseHead
		method bool // the open call is a method's
	}{
		{name: "control", names: 1, answer: textHead("hello", true)},
		{name: "a body that goes on", names: 1, answer: textHead("hel", false)},
		{name: "a call that was never opened", names: 99, answer: textHead("", true)},
		{name: "its own call", names: 2, answer: textHead("", true)},
		{name: "a method call", names: 1, answer: textHead("", true), method: true},
		{name: "more than it may answer", names: 1, answer: textHead("hello", true), change: func(c *Config) { c.ResponseBytes = 4 }},
		{name: "more fields than it may send", names: 1, answer: &facetv1.ResponseHead{Status: 200, Headers: []byte("a\x00b\x00c\x00d\x00"), End: true}, change: func(c *Config) { c.HeaderEntries = 1 }},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, p, lost := accepting(t, tt.change, func(in *Incoming) { in.Respond(tt.answer) })
			if tt.method {
				go m.Call(t.Context(), Method{Name: "m", Args: noArgs})
				<-p.sent
			} else {
				asked(t, m, p)
			}
			f := forwarding(2, tt.names)
			f.GetRequest().Headers = nil
			p.say(f)
			told := (<-p.sent).GetResponse()
			if told == nil || told.Forwarded != (i == 0) {
				t.Fatalf("told %v", told)
			}
			if open := m.Active() == 1; open == (i == 0) {
				t.Errorf("the call is open: %v", open)
			}
			select {
			case err := <-lost:
				t.Error(err)
			default:
			}
		})
	}
}

// The first answer counts.
func TestForwardOnce(t *testing.T) {
	m, p, _ := accepting(t, nil, func(in *Incoming) { in.Respond(textHead(in.Request.Url[len(in.Request.Url)-1:], true)) })
	call := asked(t, m, p)
	first, second := forwarding(2, call.id), forwarding(4, call.id)
	second.GetRequest().Url += "2"
	p.say(first)
	if _, err := call.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.say(second)
	forwarded := map[uint64]bool{}
	for range 2 {
		f := <-p.sent
		forwarded[f.Call] = f.GetResponse().GetForwarded()
	}
	if !forwarded[2] || forwarded[4] {
		t.Errorf("%v", forwarded)
	}
	if b, _ := call.Next(t.Context()); string(b) != "/" {
		t.Errorf("answered with %q", b)
	}
}

// A call that nobody waits for any more is not answered, and many are told of
// together without waiting.
func TestForwardManyAndNone(t *testing.T) {
	m, p, lost := accepting(t, nil, func(in *Incoming) { in.Respond(textHead("x", true)) })
	gone := asked(t, m, p)
	gone.Cancel(errors.New("gone"))
	if f := <-p.sent; f.GetCancel() == nil {
		t.Fatalf("%v", f)
	}
	p.say(forwarding(2, gone.id))
	if f := <-p.sent; f.GetResponse() == nil || f.GetResponse().Forwarded {
		t.Fatalf("%v", f)
	}
	for i := range 2 * laterFrames {
		call := asked(t, m, p)
		p.say(forwarding(uint64(4+2*i), call.id))
		if _, err := call.Head(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-lost:
		t.Error(err)
	default:
	}
}

package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// accepting starts a Mux whose runner may open calls, which handle answers.
func accepting(t *testing.T, change func(*Config), handle func(*Incoming)) (*Mux, *pipe, chan error) {
	t.Helper()
	p := newPipe()
	lost := make(chan error, 1)
	cfg := Config{Broken: func(*facetv1.Failure) {}, Lost: func(err error) { lost <- err },
		Accept: func(in *Incoming) (func(), error) { return func() { handle(in) }, nil }}
	if change != nil {
		change(&cfg)
	}
	m := New(p, cfg)
	t.Cleanup(func() {
		m.End(errors.New("over"))
		close(p.over)
		for end := time.Now().Add(patience); m.Incoming() > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("a handler goes on after the end")
			}
		}
	})
	return m, p, lost
}

func facet(name string) *facetv1.Target {
	return &facetv1.Target{To: &facetv1.Target_Facet{Facet: &facetv1.FacetTarget{Name: name, Callback: 1}}}
}

func hostFetch(call uint64, body string, end bool) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Request{Request: &facetv1.RequestHead{
		Method: "POST", Url: "https://x.example/", Headers: []byte("a\x00b\x00"), HasBody: true, Body: []byte(body), End: end, Target: facet("f")}}}
}

func hostRPC(call uint64, args string) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: "m", Args: []byte(args), Target: facet("f")}}}
}

func cancelFrame(call uint64) *facetv1.Frame {
	return &facetv1.Frame{Call: call, Kind: &facetv1.Frame_Cancel{Cancel: &facetv1.Cancel{}}}
}

func until(ctx context.Context) { <-ctx.Done() }

func TestIncomingCall(t *testing.T) {
	_, p, _ := accepting(t, nil, func(in *Incoming) { in.Result(Result{Value: append([]byte("J"), in.Args...)}) })
	p.say(hostRPC(2, "1"), hostRPC(10, "2"))
	got := map[uint64]string{}
	for range 2 {
		f := <-p.sent
		got[f.Call] = string(f.GetRpcResult().GetValue())
	}
	if got[2] != "J1" || got[10] != "J2" {
		t.Errorf("%v", got)
	}
}

// Bodies stream both ways within their windows.
func TestIncomingFetch(t *testing.T) {
	_, p, _ := accepting(t, nil, func(in *Incoming) {
		in.Respond(&facetv1.ResponseHead{Status: 200})
		for {
			b, err := in.Next()
			if errors.Is(err, io.EOF) {
				in.CloseWrite()
				return
			}
			if err == nil {
				err = in.Write(b)
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	const total = 4 * Window
	p.say(hostFetch(2, "x", false))
	window, sent, got, credited := Window-1, 1, 0, 0
	for got < total {
		if n := min(window, total-sent, 8000); n > 0 {
			p.say(chunk(2, n, sent+n == total))
			window, sent = window-n, sent+n
		}
		select {
		case f := <-p.sent:
			window += int(f.GetCredit().GetBytes())
			n := len(f.GetChunk().GetData())
			if got += n; got-credited > Window {
				t.Fatal("more than the window was sent")
			}
			if n > 0 && got-credited >= Window/2 {
				p.say(credit(2, uint32(got-credited)))
				credited = got
			}
		default:
		}
	}
	for f := range p.sent {
		if f.GetChunk().GetEnd() {
			break
		}
	}
	p.say(credit(2, 1)) // crosses the end: no violation
}

// A writer stops at the window, and the end of the call frees it.
func TestIncomingWindowIsKept(t *testing.T) {
	wrote := make(chan error, 1)
	_, p, _ := accepting(t, nil, func(in *Incoming) {
		in.Respond(&facetv1.ResponseHead{Status: 200})
		wrote <- in.Write(make([]byte, Window+1))
	})
	p.say(hostFetch(2, "", true))
	for got := 0; got < Window; {
		got += len((<-p.sent).GetChunk().GetData())
	}
	select {
	case f := <-p.sent:
		t.Fatalf("more than the window was sent: %v", f)
	case <-time.After(20 * time.Millisecond):
	}
	p.say(cancelFrame(2))
	if err := <-wrote; !errors.Is(err, ErrNotWanted) {
		t.Error(err)
	}
}

func TestIncomingEnds(t *testing.T) {
	for name, end := range map[string]struct {
		change func(*Config)
		do     func(m *Mux, p *pipe)
		want   error
	}{
		"cancelled":  {nil, func(_ *Mux, p *pipe) { p.say(cancelFrame(2)) }, ErrNotWanted},
		"time":       {func(c *Config) { c.IncomingTime = 10 * time.Millisecond }, func(*Mux, *pipe) {}, fault.ErrCallWall},
		"connection": {nil, func(m *Mux, _ *pipe) { m.End(io.ErrUnexpectedEOF) }, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			began, over := make(chan struct{}), make(chan error, 1)
			m, p, _ := accepting(t, end.change, func(in *Incoming) {
				close(began)
				until(in.Context())
				over <- context.Cause(in.Context())
			})
			p.say(hostRPC(2, ""))
			<-began
			end.do(m, p)
			if err := <-over; !errors.Is(err, end.want) {
				t.Errorf("%v", err)
			}
			if name == "time" { // the runner is told
				if f := <-p.sent; f.GetFailure() == nil {
					t.Errorf("%v", f)
				}
			}
		})
	}
}

// What a runner may not say about calls that it opens ends the connection; the
// first packet of each case is fine.
func TestIncomingViolations(t *testing.T) {
	target := func(t *facetv1.Target) *facetv1.Frame {
		return &facetv1.Frame{Call: 2, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: "m", Target: t}}}
	}
	request := func(change func(*facetv1.RequestHead)) *facetv1.Frame {
		f := hostFetch(2, "", true)
		change(f.GetRequest())
		return f
	}
	object := func(id string) *facetv1.Frame {
		return target(&facetv1.Target{To: &facetv1.Target_Object{Object: &facetv1.ObjectTarget{Namespace: "N", Id: id}}})
	}
	for name, frames := range map[string][]*facetv1.Frame{
		"no target":         {target(nil)},
		"empty target":      {target(&facetv1.Target{})},
		"callback":          {target(&facetv1.Target{To: &facetv1.Target_Callback{Callback: 1}})},
		"nil facet":         {target(&facetv1.Target{To: &facetv1.Target_Facet{}})},
		"long facet":        {target(facet(strings.Repeat("x", 257)))},
		"facet not UTF-8":   {target(facet("\xff"))},
		"short id":          {object("00")},
		"id with capitals":  {object(strings.Repeat("A", 64))},
		"huge namespace":    {target(&facetv1.Target{To: &facetv1.Target_Object{Object: &facetv1.ObjectTarget{Namespace: strings.Repeat("n", 300), Id: strings.Repeat("0", 64)}}})},
		"huge loader":       {target(&facetv1.Target{To: &facetv1.Target_Entrypoint{Entrypoint: &facetv1.EntrypointTarget{Loader: strings.Repeat("n", 300)}}})},
		"huge export":       {target(&facetv1.Target{To: &facetv1.Target_Entrypoint{Entrypoint: &facetv1.EntrypointTarget{Name: strings.Repeat("n", 5000)}}})},
		"odd id":            {{Call: 3, Kind: hostRPC(2, "").Kind}},
		"id again":          {hostRPC(2, ""), hostRPC(2, "")},
		"id goes back":      {hostRPC(4, ""), hostRPC(2, "")},
		"chunk first":       {chunk(2, 1, false)},
		"result":            {{Call: 2, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{}}}},
		"response":          {hostFetch(2, "", false), head(2, "", true)},
		"chunk of no body":  {hostFetch(2, "", true), chunk(2, 1, true)},
		"chunk of a method": {hostRPC(2, ""), chunk(2, 1, true)},
		"overrun":           {hostFetch(2, "x", false), chunk(2, Window, false)},
		"huge head":         {hostFetch(2, strings.Repeat("x", Window+1), false)},
		"credit":            {hostFetch(2, "", true), credit(2, 1)},
		"method":            {request(func(r *facetv1.RequestHead) { r.Method = "GET /" })},
		"headers":           {request(func(r *facetv1.RequestHead) { r.Headers = []byte("a\x00b\r\n\x00") })},
		"nil request":       {{Call: 2, Kind: &facetv1.Frame_Request{}}},
		"nil call":          {{Call: 2, Kind: &facetv1.Frame_RpcCall{}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, p, lost := accepting(t, nil, func(in *Incoming) { until(in.Context()) })
			p.say(frames...)
			if err := <-lost; !IsViolation(err) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("nothing was granted", func(t *testing.T) {
		_, p, lost := mux(t)
		p.say(hostRPC(2, ""))
		if err := <-lost; !IsViolation(err) {
			t.Errorf("%v", err)
		}
	})
}

// What the application does wrong fails its call and nothing else.
func TestIncomingRefusals(t *testing.T) {
	request := func(change func(*facetv1.RequestHead)) *facetv1.Frame {
		f := hostFetch(2, "", true)
		change(f.GetRequest())
		return f
	}
	for name, tt := range map[string]struct {
		frame *facetv1.Frame
		want  string
	}{
		"relative":  {request(func(r *facetv1.RequestHead) { r.Url = "/y" }), "Invalid URL: /y"},
		"other URL": {request(func(r *facetv1.RequestHead) { r.Url = "file:///etc/passwd" }), "Invalid URL"},
		"newline":   {request(func(r *facetv1.RequestHead) { r.Url = "http://a.example/\n" }), "Invalid URL"},
		"fields":    {request(func(r *facetv1.RequestHead) { r.Headers = bytes.Repeat([]byte("a\x00b\x00"), 1000) }), "larger than the limit"},
		"bytes": {request(func(r *facetv1.RequestHead) {
			r.Headers = []byte("a\x00" + strings.Repeat("b", 100<<10) + "\x00")
		}), "larger than the limit"},
	} {
		t.Run(name, func(t *testing.T) {
			_, p, _ := accepting(t, nil, func(in *Incoming) { t.Error("it was accepted") })
			p.say(tt.frame)
			if f := <-p.sent; f.Call != 2 || !strings.Contains(f.GetFailure().GetMessage(), tt.want) {
				t.Errorf("%v", f)
			}
		})
	}
}

// More calls than a runner may have, open or given up at once, end it; as many as
// it may have do not.
func TestIncomingFloods(t *testing.T) {
	t.Run("open", func(t *testing.T) {
		m, p, lost := accepting(t, nil, func(in *Incoming) { until(in.Context()) })
		id := uint64(0)
		for range MaxIncoming {
			id += 2
			p.say(hostRPC(id, ""))
		}
		p.say(&facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{}}}) // the last call has been taken
		if m.Incoming() != MaxIncoming {
			t.Fatalf("%d are open", m.Incoming())
		}
		p.say(hostRPC(id+2, ""))
		if err := <-lost; !IsViolation(err) {
			t.Error(err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		var stuck sync.WaitGroup
		stuck.Add(1)
		_, p, lost := accepting(t, nil, func(in *Incoming) { stuck.Wait() })
		defer stuck.Done()
		for id := uint64(2); id <= 2*(handlersOf*MaxIncoming+1); id += 2 {
			select {
			case p.recv <- &facetv1.Packet{Frames: []*facetv1.Frame{hostRPC(id, ""), cancelFrame(id)}}:
			case err := <-lost:
				t.Fatalf("after %d calls: %v", id/2, err)
			}
		}
		if err := <-lost; !IsViolation(err) {
			t.Error(err)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		_, p, _ := accepting(t, nil, func(in *Incoming) { until(in.Context()) })
		args := strings.Repeat("x", 3<<20)
		for id := uint64(2); ; id += 2 {
			p.say(hostRPC(id, args))
			select {
			case f := <-p.sent:
				if f.GetFailure() == nil || int(id)/2*len(args) < maxIncomingBytes {
					t.Errorf("call %d: %v", id, f)
				}
				return
			case <-time.After(time.Millisecond):
				if id > 60 {
					t.Fatal("no limit")
				}
			}
		}
	})
}

// Answers that a runner does not read are not kept without end.
func TestIncomingAnswersAreBounded(t *testing.T) {
	value := make([]byte, 3<<20)
	p := &deafPipe{pipe: newPipe(), hold: make(chan struct{})}
	var failed, answered int
	done := make(chan bool, MaxIncoming)
	m := New(p, Config{Broken: func(*facetv1.Failure) {}, Lost: func(error) {}, Accept: func(in *Incoming) (func(), error) {
		return func() {
			in.Result(Result{Value: value})
			done <- in.m.queued() > maxIncomingBytes+2*len(value)
		}, nil
	}})
	for id := uint64(2); id <= 100; id += 2 {
		p.say(hostRPC(id, ""))
		if <-done {
			t.Fatal("too much is kept")
		}
	}
	close(p.hold)
	for range 50 {
		if f := <-p.sent; f.GetFailure() != nil {
			failed++
		} else {
			answered++
		}
	}
	if failed == 0 || answered < maxIncomingBytes/len(value)-1 {
		t.Errorf("%d failed, %d answered", failed, answered)
	}
	m.End(io.EOF)
	close(p.over)
}

// deafPipe does not take anything until it is told to.
type deafPipe struct {
	*pipe
	hold chan struct{}
}

func (p *deafPipe) Send(packet *facetv1.Packet) error {
	<-p.hold
	return p.pipe.Send(packet)
}

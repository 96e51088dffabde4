package testpeer

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// attacks are what a call to a path provokes.
var attacks = map[string]func(c *channel, call uint64, r *facetv1.RequestHead){
	"status-0":   func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n, 0, "x")) },
	"status-99":  func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n, 99, "x")) },
	"status-101": func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n, 101, "x")) },
	"status-999": func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n, 999, "x")) },
	"header-crlf": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(response(n, 200, "x", "x-a", "b\r\nset-cookie: evil=1"))
	},
	"header-name": func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n, 200, "x", "a b: c", "d")) },
	"header-odd":  func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n, 200, "x", "lonely")) },
	"header-cut": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		f := response(n, 200, "x", "a", "b")
		h := f.GetResponse()
		h.Headers = h.Headers[:len(h.Headers)-1]
		c.send(f)
	},
	"header-many": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(response(n, 200, "x", strings.Split(strings.Repeat("a|b|", 1000)+"c|d", "|")...))
	},
	"header-big": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(response(n, 200, "x", "a", strings.Repeat("v", 100<<10)))
	},
	"two-heads": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		f := response(n, 200, "")
		f.GetResponse().End = false
		c.send(f, response(n, 200, "again"))
	},
	"chunk-first": func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(chunk(n, []byte("x"), false)) },
	"after-end": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(response(n, 200, "x"), chunk(n, []byte("y"), true))
	},
	"never-opened": func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n+2000, 200, "x")) },
	"even-call":    func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(n+1, 200, "x")) },
	"call-zero":    func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(response(0, 200, "x")) },
	"no-kind":      func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(&facetv1.Frame{Call: n}) },
	"rpc-result": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(&facetv1.Frame{Call: n, Kind: &facetv1.Frame_RpcResult{RpcResult: &facetv1.RpcResult{Value: []byte("Jnull")}}})
	},
	"host-call": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(&facetv1.Frame{Call: 2, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Method: "steal"}}})
	},
	"credit": func(c *channel, n uint64, _ *facetv1.RequestHead) { c.send(credit(n, 1<<30)) },
	"overrun": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		f := response(n, 200, "")
		f.GetResponse().End = false
		c.send(f)
		c.send(chunk(n, bytes.Repeat([]byte("x"), window+1), false))
	},
	"huge": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(response(n, 200, strings.Repeat("x", 5<<20)))
	},
	"exit": func(*channel, uint64, *facetv1.RequestHead) { os.Exit(7) },
	"panic": func(*channel, uint64, *facetv1.RequestHead) {
		os.Stderr.WriteString("panic: \x1b[31moh\n")
		os.Exit(2)
	},
	"close": func(*channel, uint64, *facetv1.RequestHead) {
		// The end of the connection, gRPC's duplicate of it included.
		_ = syscall.Shutdown(3, syscall.SHUT_RDWR)
		hang()
	},
	"never": func(*channel, uint64, *facetv1.RequestHead) {},
	"spin": func(*channel, uint64, *facetv1.RequestHead) {
		go func() {
			//lint:ignore SA5002 the point is to burn processor time
			for {
			}
		}()
	},
	// Answers, then floods the connection behind gRPC's back with whole frames.
	"ping-flood": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(response(n, 200, "calm"))
		go func() {
			time.Sleep(50 * time.Millisecond) // gRPC's own writes are over
			pings := bytes.Repeat([]byte("\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"), 4096)
			l := link()
			for {
				if _, err := l.Write(pings); err != nil {
					return
				}
			}
		}()
	},
	// The same while a call is open, which no limit on a process at rest covers.
	"ping-flood-busy": func(*channel, uint64, *facetv1.RequestHead) {
		pings := bytes.Repeat([]byte("\x00\x00\x08\x06\x01\x00\x00\x00\x0012345678"), 4096)
		l := link()
		time.Sleep(50 * time.Millisecond) // gRPC's own writes are over
		for {
			if _, err := l.Write(pings); err != nil {
				return
			}
		}
	},
	// Takes nothing of the request's body, and says more than it announced.
	"false-length": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		f := response(n, 200, "too long", "content-length", "3")
		f.GetResponse().End = false
		go func() {
			time.Sleep(100 * time.Millisecond) // the window is full
			c.send(f)
		}()
	},
	"deaf": func(*channel, uint64, *facetv1.RequestHead) { time.Sleep(time.Hour) },
	"head-only": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		f := response(n, 200, "begin")
		f.GetResponse().End = false
		c.send(f)
	},
	"head-fail": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		f := response(n, 200, "begin")
		f.GetResponse().End = false
		c.send(f, failure(n, facetv1.Failure_KIND_EXCEPTION, "Error", "stream broke"))
	},
	"endless": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		b := &body{room: window}
		for range 1000 {
			b.wait = append(b.wait, bytes.Repeat([]byte("e"), 60000))
		}
		c.bodies[n] = b
		f := response(n, 200, "")
		f.GetResponse().End = false
		c.send(f)
		c.pump(n, b)
	},
	"late-answer": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.late = n // answered when it is cancelled
	},
	"log": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		for range 2000 {
			c.send(&facetv1.Frame{Kind: &facetv1.Frame_Log{Log: &facetv1.Log{Level: 77, Text: strings.Repeat("l", 1000)}}})
		}
		c.send(response(n, 200, "logged"))
	},
	"broken-abort": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(&facetv1.Frame{Kind: &facetv1.Frame_Broken{Broken: &facetv1.Broken{Failure: &facetv1.Failure{
			Kind: facetv1.Failure_KIND_ABORTED, Name: "Error", Message: "enough", DurableObjectReset: true}}}})
	},
	"broken-empty": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(&facetv1.Frame{Kind: &facetv1.Frame_Broken{}})
	},
	"cpu": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(failure(n, facetv1.Failure_KIND_CPU_LIMIT, "Error", "x"))
	},
	"large": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(failure(n, facetv1.Failure_KIND_BODY_TOO_LARGE, "Error", "x"))
	},
	"smuggle": func(c *channel, n uint64, _ *facetv1.RequestHead) {
		c.send(response(n, 200, "hello", "content-length", "99", "transfer-encoding", "chunked", "connection", "x-foo, close",
			"x-foo", "gone", "keep-alive", "timeout=5", "trailer", "content-length", "x-accel-redirect", "/etc/passwd", "server", "evil", "x-ok", "kept"))
	},
}

package wire

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

func TestParseHeaders(t *testing.T) {
	h, err := parseHeaders([]byte("set-cookie\x00a=1\x00Set-Cookie\x00b=2\x00x-latin\x00 caf\xe9 \x00"), 10)
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{"Set-Cookie": {"a=1", "b=2"}, "X-Latin": {"caf\xe9"}}
	if len(h) != 2 || strings.Join(h["Set-Cookie"], "|") != "a=1|b=2" || h["X-Latin"][0] != want["X-Latin"][0] {
		t.Errorf("%q", h)
	}
	for name, b := range map[string]string{
		"no end": "a\x00b", "odd": "a\x00", "no name": "\x00b\x00", "space": "a b\x00c\x00", "colon": "a:\x00c\x00",
		"cr": "a\x00b\rc\x00", "lf": "a\x00b\nc\x00", "delete": "a\x00\x7f\x00", "non-ASCII name": "\xe4\x00b\x00",
	} {
		if _, err := parseHeaders([]byte(b), 10); !IsViolation(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the runner sends as header fields, what comes out can be written to
// an HTTP connection as so many fields.
func FuzzHeaders(f *testing.F) {
	f.Add([]byte("content-type\x00text/plain\x00"))
	f.Add([]byte("a\x00b\x00A\x00c\x00"))
	f.Add([]byte("a\x00b\r\nc: d\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeaders(b, 128)
		if err != nil {
			return
		}
		n := 0
		for name, values := range h {
			for _, v := range values {
				n++
				if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v) {
					t.Errorf("%q: %q", name, v)
				}
			}
		}
		if n > 128 {
			t.Errorf("%d fields", n)
		}
	})
}

// Whatever frames the runner sends, dispatch neither panics nor buffers more
// than the windows, and stops at the first violation.
func FuzzDispatch(f *testing.F) {
	for _, frame := range []*facetv1.Frame{head(1, "x", false), chunk(1, 9, true), credit(1, 3), head(3, "", true), {Call: 1},
		hostFetch(2, "body", false), hostRPC(4, "J[]"), chunk(2, 9, true), credit(2, 1), cancelFrame(2),
		callWith(2, export(1), stubRef(entrypointOf(), facetv1.Ref_KIND_CLASS)), resultWith(1, export(3)), releaseOf(1, 1)} {
		b, err := (&facetv1.Packet{Frames: []*facetv1.Frame{frame, frame}}).MarshalVT()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, frames := range [][]*facetv1.Frame{
		{upgrade(5), said(5, true, "x"), stateOf(5, &facetv1.WsState{Hibernate: true, Tags: []string{"t"}}), credit(5, 1), closing(5, 1000, "r")},
		{upgrade(5), closing(5, 1006, ""), said(5, false, "late")},
		{said(5, true, "early")},
		{{Kind: &facetv1.Frame_WsAuto{WsAuto: &facetv1.WsAuto{Set: true, Request: "a", Response: "b"}}}},
	} {
		b, err := (&facetv1.Packet{Frames: frames}).MarshalVT()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		packet := &facetv1.Packet{}
		if packet.UnmarshalVT(b) != nil {
			return
		}
		p := newPipe()
		m := New(p, Config{Broken: func(*facetv1.Failure) {}, Lost: func(error) {}, Log: func(*facetv1.Log) {}, Refs: table(), NewSocket: (&owners{}).make,
			Accept: func(in *Incoming) (func(), error) { return func() { until(in.Context()) }, nil }})
		defer func() { m.End(http.ErrAbortHandler); close(p.over) }()
		var calls []*Call
		for range 2 {
			c, err := m.Fetch(&facetv1.RequestHead{HasBody: true, Body: []byte("body")})
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, c)
		}
		if _, err := m.Fetch(&facetv1.RequestHead{Method: "GET", End: true, WebSocket: true}); err != nil {
			t.Fatal(err)
		}
		_ = m.dispatch(packet)
		m.mu.Lock()
		defer m.mu.Unlock()
		for id, s := range m.sockets {
			if s.window < -m.cfg.SocketBytes-64 || s.unread > maxSocketBytes || s.credited > s.sent {
				t.Errorf("socket %d: window %d, %d unread, %d of %d credited", id, s.window, s.unread, s.credited, s.sent)
			}
		}
		for id, in := range m.incoming {
			total := 0
			for _, b := range in.chunks {
				total += len(b)
			}
			if total > Window || id%2 != 0 || in.Target.GetTo() == nil || len(m.incoming) > MaxIncoming {
				t.Errorf("call %d keeps %d bytes, for %v", id, total, in.Target)
			}
		}
		for _, c := range calls {
			total := 0
			for _, b := range c.chunks {
				total += len(b)
			}
			if total > Window || c.credited > c.sent {
				t.Errorf("%d bytes are kept, %d of %d credited", total, c.credited, c.sent)
			}
		}
	})
}

package js

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestBodies(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, `on[50] = (call, a, s1, s2, s3, body) => n.post(70, call, body === undefined ? -1 : body.byteLength, undefined, undefined, undefined, body); 1`, "1")
	var big []byte
	for i := 0; i < 20<<20; i++ {
		big = append(big, byte(rand.Uint32()))
	}
	for _, body := range [][]byte{nil, {}, []byte("x"), big[:7], big[:256<<10], big[:1<<20], big} {
		if err := c.Post(Message{Kind: 50, Call: 3, A: 1, Body: body}); err != nil {
			t.Fatal(err)
		}
		m := c.kind(t, 70)
		if (body == nil) != (m.Body == nil) || !bytes.Equal(body, m.Body) {
			t.Errorf("a body of %d bytes (nil: %v) came back as %d (nil: %v)", len(body), body == nil, len(m.Body), m.Body == nil)
		}
	}
	c.want(t, `delete on[50]; n.post(70, 1, 2, "a\0b", "", "\u00e9", new Uint8Array([9, 8, 7, 6]).subarray(1, 3)); 1`, "1")
	m := c.kind(t, 70)
	if string(m.S1) != "a\x00b" || m.S2 == nil || string(m.S3) != "\u00e9" || !bytes.Equal(m.Body, []byte{8, 7}) || m.Call != 1 || m.A != 2 {
		t.Errorf("got %+v", m)
	}
	c.want(t, `try { for (;;) n.post(70, 1, 0, undefined, undefined, undefined, new Uint8Array(8 << 20)) } catch (e) { e.name }`, "RangeError")
	c.want(t, `n.post(71, 1, 1e300); n.post(71, 1, -5); 1`, "1")
	if a, b := c.kind(t, 71), c.kind(t, 71); a.A != 0 || b.A != -5 {
		t.Errorf("numbers %d, %d", a.A, b.A)
	}
}

func TestOrder(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, `on[51] = (call, a) => n.post(72, 0, a); 1`, "1")
	const count = 5000
	batch := make([]Message, 0, 50)
	for i := 0; i < count; {
		batch = batch[:0]
		for len(batch) < cap(batch) && i < count {
			batch = append(batch, Message{Kind: 51, A: int64(i)})
			i++
		}
		if err := c.Post(batch...); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < count; i++ {
		if m := c.kind(t, 72); m.A != int64(i) {
			t.Fatalf("message %d came in place of %d", m.A, i)
		}
	}
}

func TestPostLimits(t *testing.T) {
	c := sharedEngine(t)
	for _, m := range []Message{{Kind: 0}, {Kind: 0x1000}, {Kind: 1, Call: 1 << 53}, {Kind: 1, A: 1 << 53}} {
		if err := c.Post(m); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}

func TestInboxBound(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{InboxSize: 1 << 20})
	c.want(t, `on[52] = () => { const end = n.now() + 100; while (n.now() < end); }; 1`, "1")
	if err := c.Post(Message{Kind: 52}); err != nil {
		t.Fatal(err)
	}
	full := 0
	for i := 0; i < 100; i++ {
		if err := c.Post(Message{Kind: 99, Body: make([]byte, 64<<10)}); errors.Is(err, ErrInboxFull) {
			full++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if full < 50 {
		t.Errorf("%d of 100 messages of 64 KiB were refused by an inbox of 1 MiB", full)
	}
	c.want(t, "1", "1")
}

// A reader that does not read stops new turns before memory grows.
func TestBackpressure(t *testing.T) {
	if !alone(t) {
		return
	}
	e, err := Start(Config{Runtime: testRuntime, JIT: mode() == "jit"})
	if err != nil {
		t.Fatal(err)
	}
	script := `n.post(73, 1, 0, undefined, undefined, undefined, new Uint8Array(1 << 20)); globalThis.turns = (globalThis.turns ?? 0) + 1; n.log(1, String(turns))`
	for i := 0; i < 100; i++ {
		if err := e.Post(Message{Kind: InRpc, Call: 3, S1: []byte(script)}); err != nil {
			t.Fatal(err)
		}
	}
	bodies, first := 0, 0
	for bodies < 100 {
		ms, err := e.Receive(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ms {
			if m.Kind == 73 {
				bodies++
			}
		}
		if first == 0 {
			first = bodies
		}
		if len(ms) > 60 && bodies < 100 {
			t.Errorf("%d messages waited at once", len(ms))
		}
	}
}

func TestLogFlood(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, `for (let i = 0; i < 100000; i++) n.log(1, "line " + i + " " + "x".repeat(100)); 1`, "1")
	c.log(t, "line 0 ")
	c.want(t, `n.log(4, "the last one"); 1`, "1")
	c.log(t, "the last one")
	c.mu.Lock()
	defer c.mu.Unlock()
	var kept, dropped, size int64
	for _, m := range c.logs {
		if strings.HasPrefix(string(m.S1), "line ") || string(m.S1) == "the last one" {
			kept++
			dropped += m.A >> 16
			size += int64(len(m.S1))
		}
	}
	if kept+dropped != 100001 {
		t.Errorf("%d lines came, %d were counted as dropped; together they should be 100001", kept, dropped)
	}
	if dropped == 0 {
		t.Error("no line was dropped")
	}
	if last := c.logs[len(c.logs)-1]; last.A&0xffff != 4 {
		t.Errorf("level %d", last.A&0xffff)
	}
	c.logs = nil
}

func TestLongLogLine(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, `n.log(2, "begin" + "\u20ac".repeat(10000000)); 1`, "1")
	c.log(t, "begin")
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.logs[len(c.logs)-1].S1); n > 24<<10 {
		t.Errorf("a line of %d bytes", n)
	}
	c.logs = nil
}

func TestReceiveCancel(t *testing.T) {
	if !alone(t) {
		return
	}
	e, err := Start(Config{Runtime: testRuntime, JIT: mode() == "jit"})
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 3; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		if _, err := e.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Receive: %v", err)
		}
		cancel()
		if err := e.Post(Message{Kind: InRpc, Call: 3, S1: []byte(strconv.Itoa(i))}); err != nil {
			t.Fatal(err)
		}
		ms, err := e.Receive(context.Background())
		if err != nil || len(ms) != 1 || string(ms[0].Body) != strconv.Itoa(i) {
			t.Errorf("got %v, %v", ms, err)
		}
	}
	if err := e.Post(Message{Kind: InRpc, Call: 5, S1: []byte("'before the stop'")}); err != nil {
		t.Fatal(err)
	}
	if err := e.Stop(); err != nil {
		t.Fatal(err)
	}
	if ms, err := e.Receive(context.Background()); err != nil || len(ms) != 1 || string(ms[0].Body) != "before the stop" {
		t.Errorf("after Stop: %v, %v", ms, err)
	}
	if _, err := e.Receive(context.Background()); err != io.EOF {
		t.Errorf("at the end: %v, want EOF", err)
	}
	if err := e.Post(Message{Kind: InRpc}); !errors.Is(err, ErrClosed) {
		t.Errorf("Post after Stop: %v", err)
	}
	if err := e.Stop(); !errors.Is(err, ErrClosed) {
		t.Errorf("second Stop: %v", err)
	}
	if _, err := e.Evaluate("1"); !errors.Is(err, ErrClosed) {
		t.Errorf("Evaluate after Stop: %v", err)
	}
}

func TestAbort(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{})
	_, ch := c.start(t, `n.post(74, 0, 0); (async () => { await 0; n.abort(6, "Error", "enough") })(); 'answer'`)
	m := c.kind(t, OutBroken)
	if m.A != 6 || string(m.S1) != "Error" || string(m.S2) != "enough" {
		t.Errorf("got %d %q %q", m.A, m.S1, m.S2)
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
	c.end(t)
	select {
	case <-ch:
		t.Error("what the aborted turn posted came out")
	default:
	}
	if len(c.others) != 0 {
		t.Errorf("also came: %+v", c.others)
	}
}

func FuzzParseRecords(f *testing.F) {
	one := make([]byte, 256)
	n := putRecord(one, &Message{Kind: 3, Call: 5, A: -1, S1: []byte("a"), S2: []byte("bc"), Body: []byte("body")})
	f.Add(one[:n])
	f.Add(append(append([]byte{}, one[:n]...), one[:n]...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		ms, err := parseRecords(nil, b)
		if err != nil {
			return
		}
		// What parses is written back to records that parse to the same.
		var again []byte
		for i := range ms {
			ms[i].Kind = ms[i].Kind&0x7f | 1
			ms[i].Call &= 1<<53 - 1
			size, err := recordSize(&ms[i])
			if err != nil {
				t.Fatal(err)
			}
			rec := make([]byte, size)
			if n := putRecord(rec, &ms[i]); n != size {
				t.Fatalf("wrote %d bytes, announced %d", n, size)
			}
			again = append(again, rec...)
		}
		back, err := parseRecords(nil, again)
		if err != nil || len(back) != len(ms) {
			t.Fatalf("%d messages, %v; want %d", len(back), err, len(ms))
		}
		for i := range ms {
			a, b := ms[i], back[i]
			if a.Kind != b.Kind || a.Call != b.Call || a.A != b.A || !bytes.Equal(a.S1, b.S1) || !bytes.Equal(a.S2, b.S2) ||
				!bytes.Equal(a.S3, b.S3) || !bytes.Equal(a.Body, b.Body) || (a.Body == nil) != (b.Body == nil) {
				t.Fatalf("%+v became %+v", a, b)
			}
		}
	})
}

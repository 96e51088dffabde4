package js

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// testRuntime is the smallest runtime: a method call evaluates its name as a
// script and answers with the result, awaited, as text.
const testRuntime = `
(() => {
	const n = globalThis.n = __native;
	delete globalThis.__native;
	globalThis.on = {};
	const text = v => typeof v === "string" ? v : v === undefined ? "undefined" : JSON.stringify(v) ?? String(v);
	const fail = (call, e) => n.post(5, call, 1, e?.name ?? "?", String(e?.message ?? e), String(e?.stack));
	n.onMessage = (kind, call, a, s1, s2, s3, body) => {
		const f = globalThis.on[kind];
		if (f) return f(call, a, s1, s2, s3, body);
		if (kind === 8 || kind === 9 || kind === 10) { n.post(200 + kind, call, a, s1); return; }
		if (kind !== 5) return;
		n.setCall(call);
		try {
			const v = n.evaluate(s1, "test");
			if (v instanceof Promise) v.then(v => n.post(4, call, 0, undefined, undefined, undefined, text(v)), e => fail(call, e));
			else n.post(4, call, 0, undefined, undefined, undefined, text(v));
		} catch (e) { fail(call, e); }
	};
})();
`

// client distributes what the engine sends.
type client struct {
	*Engine
	next atomic.Uint64

	mu     sync.Mutex
	calls  map[uint64]chan Message
	others []Message
	logs   []Message
	wake   chan struct{} // closed and renewed on each arrival
	ended  error
}

func newClient(e *Engine) *client {
	c := &client{Engine: e, calls: map[uint64]chan Message{}, wake: make(chan struct{})}
	go c.receive()
	return c
}

func clone(m Message) Message {
	for _, p := range []*[]byte{&m.S1, &m.S2, &m.S3, &m.Body} {
		if *p != nil {
			*p = append([]byte{}, *p...)
		}
	}
	return m
}

func (c *client) receive() {
	for {
		messages, err := c.Engine.Receive(context.Background())
		c.mu.Lock()
		for _, m := range messages {
			if ch := c.calls[m.Call]; ch != nil && m.Call != 0 && (m.Kind == OutRpcResult || m.Kind == OutError) {
				delete(c.calls, m.Call)
				ch <- clone(m)
			} else if m.Kind == OutLog {
				c.logs = append(c.logs, clone(m))
			} else {
				c.others = append(c.others, clone(m))
			}
		}
		close(c.wake)
		c.wake = make(chan struct{})
		if err != nil {
			c.ended = err
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
	}
}

// start posts a call and returns where its answer arrives.
func (c *client) start(t testing.TB, code string) (uint64, chan Message) {
	t.Helper()
	call := c.next.Add(1)*2 + 1
	ch := make(chan Message, 1)
	c.mu.Lock()
	c.calls[call] = ch
	c.mu.Unlock()
	if err := c.Post(Message{Kind: InRpc, Call: call, S1: []byte(code)}); err != nil {
		t.Fatal(err)
	}
	return call, ch
}

const answerTime = 60 * time.Second

var errScript = errors.New("script failed")

func answer(t testing.TB, ch chan Message) (string, error) {
	t.Helper()
	select {
	case m := <-ch:
		if m.Kind == OutError {
			return "", fmt.Errorf("%w: %s: %s", errScript, m.S1, m.S2)
		}
		return string(m.Body), nil
	case <-time.After(answerTime):
		t.Fatal("no answer")
		return "", nil
	}
}

// eval runs a script as a call.
func (c *client) eval(t testing.TB, code string) (string, error) {
	t.Helper()
	_, ch := c.start(t, code)
	return answer(t, ch)
}

func (c *client) want(t testing.TB, code, want string) {
	t.Helper()
	got, err := c.eval(t, code)
	if err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	if got != want {
		t.Fatalf("%s\n got %q\nwant %q", code, got, want)
	}
}

func (c *client) wantError(t testing.TB, code, part string) {
	t.Helper()
	got, err := c.eval(t, code)
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Fatalf("%s\n got %q, %v\nwant an error with %q", code, got, err, part)
	}
}

// other waits for a message of no call that matches, and takes it.
func (c *client) other(t testing.TB, what string, match func(Message) bool) Message {
	t.Helper()
	deadline := time.After(answerTime)
	for {
		c.mu.Lock()
		for i, m := range c.others {
			if match(m) {
				c.others = append(c.others[:i], c.others[i+1:]...)
				c.mu.Unlock()
				return m
			}
		}
		wake, ended := c.wake, c.ended
		c.mu.Unlock()
		if ended != nil {
			t.Fatalf("%s did not come: %v", what, ended)
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("%s did not come", what)
		}
	}
}

func (c *client) kind(t testing.TB, kind int) Message {
	t.Helper()
	return c.other(t, fmt.Sprintf("a message of kind %d", kind), func(m Message) bool { return m.Kind == kind })
}

// end waits until Receive has returned io.EOF.
func (c *client) end(t testing.TB) {
	t.Helper()
	deadline := time.After(answerTime)
	for {
		c.mu.Lock()
		wake, ended := c.wake, c.ended
		c.mu.Unlock()
		if ended != nil {
			if !errors.Is(ended, io.EOF) {
				t.Fatalf("receive ended with %v, want EOF", ended)
			}
			return
		}
		select {
		case <-wake:
		case <-deadline:
			t.Fatal("receive did not end")
		}
	}
}

func startEngine(t testing.TB, c Config) *client {
	t.Helper()
	if c.Runtime == "" {
		c.Runtime = testRuntime
	}
	c.JIT = mode() == "jit"
	e, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(e)
}

var shared struct {
	sync.Once
	client *client
}

// sharedEngine is the engine of the tests that do it no harm.
func sharedEngine(t testing.TB) *client {
	t.Helper()
	shared.Do(func() { shared.client = startEngine(t, Config{}) })
	if shared.client == nil {
		t.Fatal("the engine did not start")
	}
	return shared.client
}

package js

import (
	"testing"
	"time"
)

// These end inside the engine; the instance goes on.
func TestCPULimit(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{CPULimit: 100 * time.Millisecond, CPUGrace: time.Minute})
	tests := []struct{ name, code string }{
		{"loop", "while (true) {}"},
		{"try and finally", "for (;;) { try { while (true) {} } finally { continue } }"},
		{"with catch", "while (true) { try { throw 1 } catch { } }"},
		{"allocation", "while (true) { ({ a: [1, 2, 3] }) }"},
		{"after an await", "(async () => { await 0; while (true) {} })()"},
		{"in a promise job", "Promise.resolve().then(() => { while (true) {} })"},
		{"sort", "new Array(5e6).fill(0).map((_, i) => (i * 7919) % 1000003).sort((a, b) => { for (let i = 0; i < 100; i++); return a - b })"},
		{"native calls", "while (true) { n.now() }"},
		{"nested evaluate", "n.evaluate('while (true) {}', 'x')"},
		{"getter in a native", "n.log(1, { toString() { while (true) {} } })"},
		{"regex", "/(a+)+$/.test('a'.repeat(28) + 'b'.repeat(1))"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			began := time.Now()
			call, ch := c.start(t, test.code)
			m := c.other(t, "the end of the call", func(m Message) bool { return m.Kind == 209 })
			if m.Call != call {
				t.Errorf("call %d ended, want %d", m.Call, call)
			}
			if d := time.Since(began); d < 80*time.Millisecond {
				t.Errorf("ended after %v, the limit is 100ms", d)
			}
			c.want(t, "'alive'", "alive")
			select {
			case m := <-ch:
				t.Errorf("the ended turn answered with kind %d, %s", m.Kind, m.Body)
			default:
			}
		})
	}
}

// The time of several turns of one call adds up; other calls have their own.
func TestCPUAccounts(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{CPULimit: 400 * time.Millisecond})
	// Turns of some 20 ms, each far below the limit, until the call has used it up.
	c.want(t, `{
		const end = ms => { const t = n.now() + ms; while (n.now() < t); };
		on[7] = () => { n.setCall(7001); end(20); n.armTimer(0) };
		on[9] = call => { n.armTimer(-1); n.post(209, call, 0) };
		n.armTimer(0);
	} 1`, "1")
	if m := c.kind(t, 209); m.Call != 7001 {
		t.Errorf("call %d ended, want 7001", m.Call)
	}
	c.want(t, "{ const t = n.now() + 200; while (n.now() < t); } 'own account'", "own account")
}

// Without a limit the same work passes: what ended it above was the limit.
func TestNoCPULimit(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{CPULimit: -1})
	c.want(t, "{ const end = n.now() + 900; while (n.now() < end); } 'done'", "done")
	c.SetCPULimit(100 * time.Millisecond)
	c.start(t, "{ const end = n.now() + 60000; while (n.now() < end); } 'done'")
	c.kind(t, 209)
}

// What the engine cannot end is reported, so that the process is killed.
func TestStuck(t *testing.T) {
	tests := []struct{ name, code string }{
		{"promise chain", "const f = () => Promise.resolve().then(f); f()"},
		{"await", "(async () => { for (;;) await 0 })()"},
		{"promise chain that logs", "const f = () => { n.log(1, 'x'); return Promise.resolve().then(f) }; f()"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !alone(t) {
				return
			}
			c := startEngine(t, Config{CPULimit: 200 * time.Millisecond, CPUGrace: 100 * time.Millisecond})
			c.want(t, "1", "1")
			began := time.Now()
			c.start(t, test.code)
			// The engine may catch one of the microtasks, should the machine stop the
			// thread inside it for long; as a rule it does not.
			m := c.other(t, "the end", func(m Message) bool { return m.Kind == OutBroken || m.Kind == 209 })
			if d := time.Since(began); d < 150*time.Millisecond {
				t.Errorf("reported after %v, limit and grace are 300ms", d)
			}
			if m.Kind == 209 {
				return
			}
			if m.A != 2 {
				t.Errorf("broken with kind %d, want 2 (CPU limit)", m.A)
			}
			// The engine may still catch one meanwhile, as above: then it stops.
			if err := stop(200 * time.Millisecond); err != nil && err != ErrTimeout {
				t.Errorf("Stop of a stuck instance: %v, want ErrTimeout", err)
			}
		})
	}
}

// A call that was told to end and goes on in small turns ends the instance.
func TestSmallTurnsBeyondTheLimit(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{CPULimit: 100 * time.Millisecond})
	c.want(t, "on[7] = () => { n.setCall(9001); const end = n.now() + 5; while (n.now() < end); n.armTimer(0) }; on[9] = () => n.armTimer(0); n.armTimer(0); 1", "1")
	if m := c.kind(t, OutBroken); m.A != 2 {
		t.Errorf("broken with kind %d, want 2 (CPU limit)", m.A)
	}
}

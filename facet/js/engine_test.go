package js

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestScripts(t *testing.T) {
	c := sharedEngine(t)
	tests := []struct{ name, code, want string }{
		{"value", "1 + 1", "2"},
		{"promise", "new Promise(r => r(5)).then(v => v + 1)", "6"},
		{"async", "(async () => { let s = 0; for (let i = 0; i < 10; i++) s += await i; return s })()", "45"},
		{"order of microtasks", "(async () => { const l = []; Promise.resolve().then(() => l.push(2)); l.push(1); await 0; l.push(3); return l.join('') })()", "123"},
		{"native is gone from the global", "typeof __native", "undefined"},
		{"eval", "try { eval('1') } catch (e) { String(e) }", "EvalError: Code generation from strings disallowed for this context"},
		{"Function", "try { new Function('1') } catch (e) { e.name }", "EvalError"},
		{"async function constructor", "try { (async () => {}).constructor('1') } catch (e) { e.name }", "EvalError"},
		{"generator function constructor", "try { (function* () {}).constructor('1') } catch (e) { e.name }", "EvalError"},
		{"indirect eval", "try { (0, eval)('1') } catch (e) { e.name }", "EvalError"},
		{"deep recursion", "(() => { function f() { return f() + 1 } try { f() } catch (e) { return e.name + e.message } })()", "RangeErrorMaximum call stack size exceeded."},
		{"deep recursion through a native", "(() => { let d = 0; function f() { d++; n.evaluate('f()', 'x') } globalThis.f = f; try { f() } catch (e) { return e.name } })()", "RangeError"},
		{"deep JSON", "(() => { try { JSON.stringify(JSON.parse('['.repeat(200000) + ']'.repeat(200000))); return 'parsed' } catch (e) { return e.name } })()", "RangeError"},
		{"nested regex", "(() => { try { return String(new RegExp('('.repeat(100000) + ')'.repeat(100000)).test('')) } catch (e) { return e.name } })()", "RangeError"},
		{"proxy chain", "(() => { let p = {}; for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); try { p.x; return 'ok' } catch (e) { return e.name } })()", "RangeError"},
		{"Intl", "new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', dateStyle: 'full' }).format(0)", "Thursday, January 1, 1970"},
		{"time zone", "String(new Date(0).getTimezoneOffset() === new Date(0).getTimezoneOffset())", "true"},
		{"random", "(() => { const a = new Uint8Array(64); n.random(a); return String(new Set(a).size > 16) })()", "true"},
		{"random of a part", "(() => { const a = new Uint8Array(64); n.random(a.subarray(32)); return String(a.subarray(0, 32).every(x => x === 0) && a.subarray(32).some(x => x)) })()", "true"},
		{"now", "String(Math.abs(n.now() - Date.now()) < 1000)", "true"},
		{"too few arguments", "try { n.post() } catch (e) { e.name }", "TypeError"},
		{"WebAssembly in the background", "WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11])).then(m => m.instance.exports.f())", "42"},
		{"finalisers", "new Promise(done => { let found = false; globalThis.r = new FinalizationRegistry(() => { if (!found) { found = true; done('collected') } }); for (let i = 0; i < 100; i++) r.register({ i }); on[7] = () => { for (let i = 0; i < 50000; i++) ({ a: new Array(20) }); if (!found) n.armTimer(1) }; n.armTimer(0) })", "collected"},
		{"no storage", "try { n.kvGet('x') } catch (e) { e.message }", "this instance has no storage"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { c.want(t, test.code, test.want) })
	}
}

func TestErrors(t *testing.T) {
	c := sharedEngine(t)
	c.wantError(t, "throw new TypeError('no')", "TypeError: no")
	c.wantError(t, "Promise.reject(new RangeError('later'))", "RangeError: later")
	c.wantError(t, "(", "SyntaxError")
	if v, err := c.Evaluate("6 * 7"); err != nil || v != "42" {
		t.Errorf("Evaluate: %q, %v", v, err)
	}
	if _, err := c.Evaluate("throw new Error('boo')"); err == nil || !strings.Contains(err.Error(), "boo") {
		t.Errorf("Evaluate of a throw: %v", err)
	}
}

func TestSecondStart(t *testing.T) {
	sharedEngine(t)
	if _, err := Start(Config{Runtime: testRuntime}); !errors.Is(err, ErrStarted) {
		t.Errorf("second Start: %v, want ErrStarted", err)
	}
}

func TestStartFailures(t *testing.T) {
	tests := []struct{ name, runtime, want string }{
		{"throws", "throw new Error('bad runtime')", "the runtime script failed: Error: bad runtime"},
		{"syntax", "(", "the runtime script failed: SyntaxError"},
		{"no handler", "1", "did not set __native.onMessage"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !alone(t) {
				return
			}
			if _, err := Start(Config{Runtime: test.runtime}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestTimers(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, `new Promise(resolve => {
		const began = n.now(), fired = [];
		on[7] = () => {
			fired.push(Math.round(n.now() - began));
			if (fired.length < 3) n.armTimer(20);
			else { delete on[7]; resolve(String(fired[0] >= 9 && fired[1] >= 29 && fired[2] >= 49 && fired[2] < 5000)); }
		};
		n.armTimer(1000000);
		n.armTimer(10); // replaces
	})`, "true")
	c.want(t, `(() => { on[7] = () => n.post(207, 0, 0); n.armTimer(1); n.armTimer(-1); return "off" })()`, "off")
	c.want(t, `n.armTimer(0); 1`, "1")
	c.kind(t, 207)
	c.want(t, `delete on[7]; String(n.armTimer(NaN))`, "undefined")
}

func TestTimersBesideMessages(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, `on[7] = () => { n.post(208, 0, 0); delete on[7] }; n.armTimer(5); 1`, "1")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < 20000; i++ {
			for errors.Is(c.Post(Message{Kind: 99}), ErrInboxFull) {
				time.Sleep(time.Millisecond)
			}
		}
	}()
	c.kind(t, 208)
	<-done
}

func TestRejections(t *testing.T) {
	c := sharedEngine(t)
	c.want(t, "Promise.reject(new Error('nobody cares')); 1", "1")
	m := c.kind(t, 210)
	if s := string(m.S1); !strings.HasPrefix(s, "Error: nobody cares\n") {
		t.Errorf("rejection text %q", s)
	}
	// One that is handled in the same turn is not reported; the next report is of
	// the later script.
	c.want(t, "Promise.reject(1).catch(() => 0); 1", "1")
	c.want(t, "Promise.reject({ toString() { return 'odd' } }); 1", "1")
	if m := c.kind(t, 210); string(m.S1) != "odd" {
		t.Errorf("rejection text %q", m.S1)
	}
}

// Garbage of an instance that has fallen quiet is collected without more work.
func TestQuietCollection(t *testing.T) {
	if !alone(t) {
		return
	}
	c := startEngine(t, Config{})
	c.want(t, `globalThis.r = new FinalizationRegistry(() => n.post(76, 0, 0));
		for (let i = 0; i < 100; i++) r.register({ i });
		{ const t = n.now() + 300; while (n.now() < t); } 1`, "1")
	c.kind(t, 76)
}

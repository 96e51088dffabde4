package workers_test

import (
	"testing"
	"time"

	"github.com/facetd/facetd/facet/js"
)

const contextSource = importDO + `
const sleep = ms => new Promise(r => setTimeout(r, ms));
let kept, later, handed, go;
const thrown = async f => { try { return await f() } catch (e) { return e.message } };
export class Svc extends WorkerEntrypoint {}
export class App extends DurableObject {}
export class Entry extends WorkerEntrypoint {
  make() { return () => 7 }
  async leave() { kept = await this.ctx.exports.Svc.make(); return kept() }
  async leaveLater() { const f = await this.ctx.exports.Svc.make(); this.ctx.waitUntil((async () => { while (!go) await sleep(5); later = await thrown(() => f()) })()); return 1 }
  goOn() { go = true; return 1 }
  async hand() { const f = await this.ctx.exports.Svc.make(); return {f: () => f()} }
  async body() { const f = await this.ctx.exports.Svc.make(); return f() }
  async use() { const o = await this.ctx.exports.Svc.hand(); const r = [await o.f(), await o.f()]; handed = o; return r }
  useLater() { return thrown(() => kept()) }
  later() { return later }
  fetch() { return this.ctx.exports.Svc.make().then(f => f()).then(n => new Response(String(n))) }
}
`

// TestContexts: what an event of an entrypoint leaves behind ends with the event,
// but not before what the event handed out, or waits for.
func TestContexts(t *testing.T) {
	m := startMirror(t)
	if l := m.p.r.load(t, code{source: contextSource, class: "Entry", flags: entrypoint}); l.Kind != js.OutLoaded {
		t.Fatalf("%s: %s", l.S1, l.S2)
	}
	call := func(method, want string) {
		t.Helper()
		got, err := m.p.r.rpc(t, method, "[]")
		if err != nil {
			got = "!" + err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
	none := func() {
		t.Helper()
		for deadline := time.Now().Add(answerTime); m.held() > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%d handles are held", m.held())
			}
		}
	}
	call("leave", "7")
	none()
	call("useLater", `"RPC stub used after being disposed."`)
	call("use", "[7,7]")
	none()
	if got := m.p.r.fetch(t, request{url: "http://x/"}); got.body != "7" {
		t.Errorf("fetch: got %q, %v", got.body, got.err)
	}
	none()
	call("leaveLater", "1")
	if m.held() == 0 {
		t.Error("what waitUntil() waits for has lost its stub")
	}
	call("goOn", "1")
	none()
	call("later", "7")
}

// TestLeftovers: nothing is held once everybody is done, whatever became of the
// messages.
func TestLeftovers(t *testing.T) {
	m := startMirror(t)
	r := m.p.r
	r.mustLoad(t, importDO+`
export class Svc extends WorkerEntrypoint {}
export class App extends DurableObject {
  nothing() {}
  boom() { throw new Error("boom") }
  make() { return {f: () => 1, l: [() => 2, new RpcTarget()]} }
  async args() { await this.ctx.exports.Svc.nothing(() => 1, {o: [() => 2]}) }
  async failed() { try { await this.ctx.exports.Svc.boom(() => 1) } catch {} }
  async result() { using r = await this.ctx.exports.Svc.make() }
  async unsent() { try { await this.ctx.exports.Svc.nothing(() => 1, new (class X {})()) } catch {} }
  async large() { try { await this.ctx.exports.Svc.nothing(() => 1, "x".repeat(5 << 20)) } catch {} }
  async pipelined() { const p = this.ctx.exports.Svc.make(); await p.f(); p[Symbol.dispose]() }
}`)
	for _, method := range []string{"args", "failed", "result", "unsent", "large", "pipelined"} {
		t.Run(method, func(t *testing.T) {
			if got, err := r.rpc(t, method, "[]"); err != nil {
				t.Fatal(got, err)
			}
			for deadline := time.Now().Add(answerTime); ; time.Sleep(time.Millisecond) {
				m.p.mu.Lock()
				left := len(m.handles)
				for _, s := range m.exports {
					left += s.times
				}
				m.p.mu.Unlock()
				if left == 0 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("%d things are held", left)
				}
			}
		})
	}
	// What came for nobody is given back.
	for _, message := range []js.Message{
		{Kind: js.InHostResult, Call: 1 << 20, S2: []byte(`{"refs":[{"handle":900001,"kind":1}]}`), Body: []byte("J1")},
		{Kind: js.InRpc, Call: r.call(), A: 1 << 20, S1: []byte(""), S2: []byte(`{"refs":[{"handle":900001,"kind":1}]}`), Body: []byte("J[]")},
		{Kind: js.InRpc, Call: r.call(), S1: []byte("nothing"), S2: []byte(`{"refs":[{"handle":900001,"kind":9}]}`), Body: []byte("C\x81\xd9\x98\x5d\x00")},
	} {
		m.p.mu.Lock()
		m.handles[900001] = wireRef{Kind: 1}
		m.p.mu.Unlock()
		r.post(t, message)
		for deadline := time.Now().Add(answerTime); m.held() > 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the handle of message %d was not given back", message.Kind)
			}
		}
	}
}

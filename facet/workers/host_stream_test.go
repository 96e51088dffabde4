package workers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/facetd/facetd/facet/js"
)

// TestHostStreams passes bodies of all sizes through a facet's stub, both ways and
// within the windows.
func TestHostStreams(t *testing.T) {
	const window = 262144
	sent := map[uint64]int{} // bytes of request body that came beyond the credit
	var p *peer
	answer := func(p *peer, c hostCall) {
		sent[c.id] = len(c.rest)
		switch {
		case c.url == "http://x/down": // 1 MB in chunks within the window
			p.post(js.Message{Kind: js.InHostResponse, Call: c.id, A: 200 | 1<<16, Body: make([]byte, 1000)})
			for range window/64000 - 1 {
				p.post(js.Message{Kind: js.InChunk, Call: c.id, Body: make([]byte, 64000)})
			}
		case c.url == "http://x/early":
			p.end(c, js.Message{Kind: js.InHostResponse, A: 200, Body: []byte("early")})
		case c.url == "http://x/broken":
			p.post(js.Message{Kind: js.InHostResponse, Call: c.id, A: 200 | 1<<16, Body: []byte("part")})
			p.fail(c, 1, "TypeError", "mid")
		case c.url == "http://x/hang":
			p.note("hang")
		case c.flags&2 != 0:
			p.end(c, js.Message{Kind: js.InHostResponse, A: 200, Body: []byte(fmt.Sprint(len(c.rest)))})
		}
	}
	p = startPeer(t, answer)
	credit := 0
	p.r.mu.Lock()
	p.r.onMessage = func(m js.Message) bool {
		if m.Call%2 != 0 || m.Call == 0 || !p.open[m.Call] {
			return p.onMessage(m)
		}
		c := hostCall{id: m.Call}
		switch m.Kind {
		case js.OutChunk:
			sent[m.Call] += len(m.Body)
			if sent[m.Call] > window {
				p.lost = append(p.lost, fmt.Sprintf("%d bytes beyond a window of %d", sent[m.Call], window))
			}
			if sent[m.Call] >= window/2 {
				p.post(js.Message{Kind: js.InCredit, Call: m.Call, A: int64(sent[m.Call])})
				credit += sent[m.Call]
				sent[m.Call] = 0
			}
			if m.A == 1 {
				total := credit + sent[m.Call]
				credit = 0
				p.end(c, js.Message{Kind: js.InHostResponse, A: 200, Body: []byte(fmt.Sprint(total))})
			}
			return true
		case js.OutCredit:
			sent[m.Call] += int(m.A)
			if sent[m.Call] >= 900_000 {
				p.end(c, js.Message{Kind: js.InChunk, A: 1, Body: make([]byte, 1000)})
				return true
			}
			p.post(js.Message{Kind: js.InChunk, Call: m.Call, Body: make([]byte, m.A)})
			return true
		}
		return p.onMessage(m)
	}
	p.r.mu.Unlock()
	runHostRows(t, p, facetsPrelude, grants{Facets: true}, []hostRow{
		{"upload of bytes", `return (await get("s").fetch("http://x/up", {method: "POST", body: new Uint8Array(1e6)})).text()`, `"1000000"`, "*"},
		{"upload of a small body", `return (await get("s").fetch("http://x/up", {method: "POST", body: new Uint8Array(1000)})).text()`, `"1000"`, "*"},
		{"upload of a long text", `return (await get("s").fetch("http://x/up", {method: "POST", body: "é".repeat(300000)})).text()`, `"600000"`, "*"},
		{"upload of a stream", `let n = 0; return (await get("s").fetch("http://x/up", {method: "POST", body: new ReadableStream({pull(c) { if (++n > 30) return c.close(); c.enqueue(new Uint8Array(30000)) }})})).text()`, `"900000"`, "*"},
		{"upload of a stream that fails", `return told(get("s").fetch("http://x/up", {method: "POST", body: new ReadableStream({pull(c) { throw new RangeError("source") }})}))`, `"RangeError: source"`, "cancel"},
		{"answer before the end of the upload", `let reason; const r = await get("s").fetch("http://x/early", {method: "POST", body: new ReadableStream({pull: () => tick(), cancel(e) { reason = e.name }})}); const text = await r.text(); await tick(); return [text, reason]`, `["early","AbortError"]`, "*"},
		{"download", `let n = 0; const r = await get("s").fetch("http://x/down"); for await (const c of r.body) n += c.length; return n > 900000`, `true`, "*"},
		{"download read at once", `return (await (await get("s").fetch("http://x/down")).arrayBuffer()).byteLength > 900000`, `true`, "*"},
		{"download in a section", `const r = await get("s").fetch("http://x/down"); return ctx.blockConcurrencyWhile(async () => (await r.bytes()).length > 900000)`, `true`, "*"},
		{"download cancelled", `const r = await get("s").fetch("http://x/down"); await r.body.cancel(); await tick(); return 0`, `0`, "cancel"},
		{"download breaks", `const r = await get("s").fetch("http://x/broken"); return told(r.text())`, `"TypeError: mid remote=true"`, "*"},
		{"aborted by its signal", `const c = new AbortController(); const f = told(get("s").fetch("http://x/hang", {signal: c.signal})); await tick(); c.abort(new RangeError("enough")); return f`, `"RangeError: enough"`, "hang; cancel"},
		{"aborted while it downloads", `const c = new AbortController(); const r = await get("s").fetch("http://x/down", {signal: c.signal}); c.abort(); return told(r.text())`, `"DOMException: The operation was aborted"`, "cancel"},
		{"head too large", `return told(get("s").fetch("http://x/", {headers: {a: "x".repeat(1 << 20)}}))`, `"RangeError: The method, URL and header fields of a request may have 1 MiB together."`, ""},
		{"immutable headers", `const r = await get("s").fetch("http://x/early"); return fails(() => r.headers.set("a", "b"))`, `"TypeError: Can't modify immutable headers."`, ""},
	})
}

// TestHostCallOfLostTurn ends a turn that has opened a call: nothing of it leaves,
// and later calls work.
func TestHostCallOfLostTurn(t *testing.T) {
	p := startPeer(t, answerFacets())
	source := facetsPrelude + `export class App extends DurableObject {
  loop() { this.get().a(1); for (;;); }
  async later() { this.get().hang(); await tick(); for (;;); }
  async afterwards() { const p = this.get().a(2); await 0; await 0; for (;;); }
  get() { return this.ctx.facets.get("x", () => ({class: exports.Child})) }
  call() { return this.get().a(3) }
}`
	if m := p.r.load(t, code{source: source, class: "App", about: about{Grants: grants{Facets: true}}}); m.Kind != js.OutLoaded {
		t.Fatalf("%s: %s", m.S1, m.S2)
	}
	for _, method := range []string{"loop", "later", "afterwards"} {
		if _, err := p.r.rpc(t, method, "[]"); err == nil || err.(failure).A != 2 {
			t.Errorf("%s: got %v, want the CPU limit", method, err)
		}
		if got, err := p.r.rpc(t, "call", "[]"); err != nil || got != "[3]" {
			t.Errorf("after %s: got %s, %v", method, got, err)
		}
	}
	deadline := time.Now().Add(answerTime)
	for open := 1; open > 0; {
		p.mu.Lock()
		open = len(p.open)
		p.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("%d calls are still open", open)
		}
		time.Sleep(time.Millisecond)
	}
	if got := p.take(); got != "start x; a [3]; hang; cancel; a [3]; a [3]" {
		t.Errorf("asked %s", got)
	}
}

// TestTransactionHoldsAnswers: calls leave an open transaction (fact F15), an
// answer that was given meanwhile leaves only behind its commit.
func TestTransactionHoldsAnswers(t *testing.T) {
	p := startPeer(t, nil)
	facets := answerFacets()
	var call uint64
	early := false
	p.answer = func(p *peer, c hostCall) {
		// The second call is of a later turn than the answer.
		if c.method == "second" {
			for _, m := range p.r.seen {
				early = early || m.Call == call && m.Kind == js.OutResponse
			}
		}
		facets(p, c)
	}
	source := facetsPrelude + `export class App extends DurableObject {
  fetch() {
    const facet = this.ctx.facets.get("t", () => ({class: exports.Child}));
    this.ctx.storage.kv.put("before", 1);
    this.ctx.storage.transaction(async txn => { await txn.put("within", 1); await facet.first(); await facet.second(); });
    return new Response("answer");
  }
}`
	if m := p.r.load(t, code{source: source, class: "App", about: about{Grants: grants{Facets: true}}}); m.Kind != js.OutLoaded {
		t.Fatalf("%s: %s", m.S1, m.S2)
	}
	call = p.r.next + 2
	if got := p.r.fetch(t, request{url: "http://x/"}); got.body != "answer" {
		t.Fatalf("got %+v", got)
	}
	if early {
		t.Error("the answer left before the transaction was committed")
	}
	if got := p.take(); got != "start t; first []; second []" {
		t.Errorf("asked %s", got)
	}
}

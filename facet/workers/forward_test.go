package workers_test

import (
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// Bits of messages.ts.
const (
	hasBody      = 1
	bodyComplete = 2
	forwardShift = 3
	forwarded    = 1 << 17
)

const forwardApp = importDO + `export class App extends DurableObject {
  fetch(request) {
    const to = r => this.ctx.facets.get("a", () => ({})).fetch(r);
    const p = () => (this.p = to(request));
    const text = async q => { try { return await q } catch (e) { return String(e) } };
    switch (new URL(request.url).pathname) {
      case "/plain": return p();
      case "/in-the-same-turn": return (async () => { await 0; return p() })();
      case "/async": return (async () => p())();
      case "/awaited-before": { const q = p(); this.q = (async () => (await q).status)(); return q }
      case "/observed-before": { const q = p(); q.then(r => r.clone().text()); return q }
      case "/caught-before": { const q = p(); q.catch(() => 0); return q }
      case "/resolved-with-before": { const q = p(); this.q = Promise.all([q]); return q }
      case "/given-out-twice": return this.p;
      case "/another": p(); return to(request);
      case "/follows": return to(new Request(request, {redirect: "follow"}));
      case "/changed": return p().then(r => new Response(r.body, {status: 418}));
      case "/held": { this.ctx.storage.transaction(async () => { await new Promise(r => setTimeout(r, 20)) }); return p() }
      case "/blocked": { this.ctx.blockConcurrencyWhile(() => new Promise(r => setTimeout(r, 20))); return p() }
      case "/is-a-promise": { const q = p(); const a = [q instanceof Promise, q.constructor === Promise, q.then(() => 0).constructor === Promise,
        Object.prototype.toString.call(q), q === Promise.resolve(q)].join(); q.catch(() => 0); return new Response(a) }
      case "/seen": return (async () => { const r = await this.p; return new Response([r.status, r.statusText, r.headers.get("x-a"), r.bodyUsed, await text(r.text())].join()) })();
    }
  }
}`

// asks makes a fetch call and returns its number and the call that the handler made.
func (r *runner) asks(t *testing.T, path string, flags int64) (call uint64, made js.Message) {
	t.Helper()
	call = r.call()
	r.post(t, js.Message{Kind: js.InFetch, Call: call, A: flags, S1: []byte("POST"), S2: []byte("http://x" + path)})
	made = r.take(t, "host call", func(m js.Message) bool { return m.Kind == js.OutHostFetch })
	return call, made
}

// The runtime lets the supervisor pass an answer on only where nobody can tell.
func TestForwardIsAskedFor(t *testing.T) {
	tests := []struct {
		path  string
		flags int64
		want  bool
	}{
		{"/plain", bodyComplete, true},
		{"/plain", hasBody | bodyComplete, true},
		{"/plain", hasBody, false}, // the rest of the request comes from here
		{"/in-the-same-turn", bodyComplete, false},
		{"/async", bodyComplete, false},
		{"/awaited-before", bodyComplete, false},
		{"/observed-before", bodyComplete, false},
		{"/caught-before", bodyComplete, false},
		{"/resolved-with-before", bodyComplete, false},
		{"/follows", bodyComplete, false},
		{"/changed", bodyComplete, false},
		{"/held", bodyComplete, false},
		{"/blocked", bodyComplete, false},
	}
	r := start(t)
	if m := r.load(t, code{source: forwardApp, class: "App", about: about{ID: strings.Repeat("ab", 32), Grants: grants{Facets: true}}}); m.Kind != js.OutLoaded {
		t.Fatalf("%s: %s", m.S1, m.S2)
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			call, made := r.asks(t, tt.path, tt.flags)
			if got := uint64(made.A >> forwardShift); got != 0 && got != call || (got != 0) != tt.want {
				t.Errorf("call %d asks for %d", call, got)
			}
			r.post(t, js.Message{Kind: js.InHostResponse, Call: made.Call, A: 200, Body: []byte("x")})
			if m := r.of(t, call, js.OutResponse, js.OutError); m.Kind != js.OutResponse {
				t.Errorf("answered %d: %s %s", m.Kind, m.S1, m.S2)
			}
		})
	}
}

func TestForwarded(t *testing.T) {
	r := start(t)
	if m := r.load(t, code{source: forwardApp, class: "App", about: about{ID: strings.Repeat("ab", 32), Grants: grants{Facets: true}}}); m.Kind != js.OutLoaded {
		t.Fatalf("%s: %s", m.S1, m.S2)
	}
	get := func(path string) string {
		t.Helper()
		return r.fetch(t, request{url: "http://x" + path}).body
	}
	told := js.Message{Kind: js.InHostResponse, A: 201 | forwarded, S1: []byte("Made"), S3: []byte("x-a\x00b\x00"), Body: []byte("h")}

	t.Run("the call is over, and whoever holds the promise sees what was sent", func(t *testing.T) {
		call, made := r.asks(t, "/plain", bodyComplete)
		told.Call = made.Call
		r.post(t, told)
		if got, want := get("/seen"), "201,Made,b,true,"; !strings.HasPrefix(got, want) || !strings.Contains(got, "TypeError") {
			t.Errorf("%s; want %s and why the body cannot be read", got, want)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, m := range r.seen {
			if m.Call == call {
				t.Errorf("it was answered again: kind %d", m.Kind)
			}
		}
	})
	t.Run("control: what was not passed on is answered here", func(t *testing.T) {
		call, made := r.asks(t, "/plain", bodyComplete)
		r.post(t, js.Message{Kind: js.InHostResponse, Call: made.Call, A: 201, S1: []byte("Made"), S3: []byte("x-a\x00b\x00"), Body: []byte("hello")})
		if m := r.of(t, call, js.OutResponse, js.OutError); m.Kind != js.OutResponse || string(m.Body) != "hello" {
			t.Errorf("%d %q", m.Kind, m.Body)
		}
		if got, want := get("/seen"), "201,Made,b,true,"; !strings.HasPrefix(got, want) {
			t.Errorf("%s; want %s", got, want)
		}
	})
	t.Run("a failure is told here", func(t *testing.T) {
		call, made := r.asks(t, "/plain", bodyComplete)
		r.post(t, js.Message{Kind: js.InHostError, Call: made.Call, A: 1, S1: []byte("RangeError"), S2: []byte("far")})
		if m := r.of(t, call, js.OutResponse, js.OutError); m.Kind != js.OutError || string(m.S2) != "far" {
			t.Errorf("%d %s", m.Kind, m.S2)
		}
	})
	t.Run("the caller is gone meanwhile", func(t *testing.T) {
		call, made := r.asks(t, "/plain", bodyComplete)
		r.post(t, js.Message{Kind: js.InCancel, Call: call})
		told.Call = made.Call // crosses
		r.post(t, told)
		if got, want := get("/seen"), "201,Made,b,true,"; !strings.HasPrefix(got, want) {
			t.Errorf("%s; want %s", got, want)
		}
	})
	t.Run("it is a promise like any other", func(t *testing.T) {
		call, made := r.asks(t, "/is-a-promise", bodyComplete)
		if m := r.of(t, call, js.OutResponse); string(m.Body) != "true,true,true,[object Promise],true" {
			t.Errorf("%s", m.Body)
		}
		r.post(t, js.Message{Kind: js.InHostResponse, Call: made.Call, A: 200})
	})
}

package workers_test

import (
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// benchmarkFetch keeps 64 requests in flight, so that it measures the engine's
// thread rather than wake-ups.
func benchmarkFetch(b *testing.B, source, path string) {
	benchmarkFetchOf(b, code{source: source, class: "App", about: about{Grants: grants{Facets: true}}}, path)
}

func benchmarkFetchOf(b *testing.B, c code, path string) {
	r := start(b)
	if m := r.load(b, c); m.Kind != js.OutLoaded {
		b.Fatalf("%s: %s", m.S1, m.S2)
	}
	const flight = 64
	done := make(chan struct{}, flight)
	r.mu.Lock()
	r.onMessage = func(m js.Message) bool {
		if m.Kind == js.OutResponse {
			done <- struct{}{}
		}
		if m.Kind == js.OutHostRpc {
			r.post(b, js.Message{Kind: js.InHostResult, Call: m.Call, Body: []byte(`J{"id":7,"name":"x","tags":["a","b"]}`)})
		}
		if m.Kind == js.OutHostFetch {
			r.post(b, js.Message{Kind: js.InHostResponse, Call: m.Call, A: 200, S3: []byte("content-type\x00text/plain\x00"), Body: []byte("Hello, World!\n")})
		}
		return true
	}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.onMessage = nil
		r.mu.Unlock()
	}()
	headers := []byte("host\x00example.com\x00user-agent\x00wrk\x00accept\x00*/*\x00")
	send := func() {
		r.post(b, js.Message{Kind: js.InFetch, Call: r.call(), A: 2, S1: []byte("GET"), S2: []byte("http://example.com" + path), S3: headers})
	}
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if i >= flight {
			<-done
		}
		send()
	}
	for range min(b.N, flight) {
		<-done
	}
}

func BenchmarkFetchHello(b *testing.B) {
	benchmarkFetch(b, importDO+`export class App extends DurableObject { fetch() { return new Response("Hello, World!\n") } }`, "/")
}

func BenchmarkFetchAsyncHello(b *testing.B) {
	benchmarkFetch(b, importDO+`export class App extends DurableObject { async fetch() { return new Response("Hello, World!\n") } }`, "/")
}

func BenchmarkFetchCounter(b *testing.B) {
	benchmarkFetch(b, importDO+`export class App extends DurableObject { fetch() { const {kv} = this.ctx.storage; const n = (kv.get("counter") || 0) + 1; kv.put("counter", n); return new Response("You have made " + n + " requests.\n") } }`, "/")
}

func BenchmarkFetchRouter(b *testing.B) {
	benchmarkFetch(b, importDO+`export class App extends DurableObject { async fetch(request) {
  const url = new URL(request.url);
  if (url.pathname.startsWith("/api/")) return Response.json({path: url.pathname, q: url.searchParams.get("q"), ua: request.headers.get("user-agent")});
  return new Response("not found", {status: 404});
} }`, "/api/items?q=abc&x=1")
}

func BenchmarkFetchSQL(b *testing.B) {
	benchmarkFetch(b, importDO+`export class App extends DurableObject {
  constructor(c, e) { super(c, e); c.storage.sql.exec("CREATE TABLE IF NOT EXISTS hits (path TEXT PRIMARY KEY, n INTEGER)") }
  fetch(request) { return new Response(String(this.ctx.storage.sql.exec("INSERT INTO hits VALUES (?, 1) ON CONFLICT (path) DO UPDATE SET n = n + 1 RETURNING n", request.url).one().n)) }
}`, "/")
}

// BenchmarkForward is the parent's part of a request that goes on to a facet.
func BenchmarkForward(b *testing.B) {
	benchmarkFetch(b, importDO+`export class App extends DurableObject { async fetch(request) { return await this.ctx.facets.get("app", async () => ({})).fetch(request) } }`, "/")
}

// BenchmarkEntry is the entry worker's part of a request that goes on to an object.
func BenchmarkEntry(b *testing.B) {
	benchmarkFetchOf(b, code{
		source: importDO + `export class App extends DurableObject {}
export default { fetch(request, env, ctx) { return ctx.exports.App.getByName("my-app").fetch(request) } }`,
		class: "default", flags: entrypoint, about: about{Grants: grants{Exports: []binding{{Name: "App", Key: make([]byte, 32)}}}},
	}, "/")
}

// BenchmarkForwardLoaded is the parent's part where the facet's class is in a loader.
func BenchmarkForwardLoaded(b *testing.B) {
	benchmarkFetchOf(b, code{
		source: importDO + `export class App extends DurableObject { fetch(request) {
  return this.ctx.facets.get("app", () => {
    const worker = this.env.LOADER.get("v1", () => ({}));
    return { class: worker.getDurableObjectClass("App") };
  }).fetch(request);
} }`,
		class: "App", about: about{Grants: grants{Facets: true, Loaders: []string{"LOADER"}}},
	}, "/")
}

// BenchmarkMethod is the caller's part of a method call with plain arguments.
func BenchmarkMethod(b *testing.B) {
	benchmarkFetch(b, importDO+`export class App extends DurableObject { async fetch() {
  const user = await this.ctx.facets.get("app", async () => ({})).user({id: 7, name: "x", tags: ["a", "b"]}, 1);
  return new Response(user.name);
} }`, "/")
}

// BenchmarkCallee is the callee's part.
func BenchmarkCallee(b *testing.B) {
	r := start(b)
	if m := r.load(b, code{source: importDO + `export class App extends DurableObject { async user(user, n) { return {...user, n} } }`, class: "App"}); m.Kind != js.OutLoaded {
		b.Fatalf("%s: %s", m.S1, m.S2)
	}
	const flight = 64
	done := make(chan struct{}, flight)
	r.mu.Lock()
	r.onMessage = func(m js.Message) bool {
		if m.Kind == js.OutRpcResult {
			done <- struct{}{}
		}
		return true
	}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.onMessage = nil
		r.mu.Unlock()
	}()
	args := []byte(`J[{"id":7,"name":"x","tags":["a","b"]},1]`)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if i >= flight {
			<-done
		}
		r.post(b, js.Message{Kind: js.InRpc, Call: r.call(), S1: []byte("user"), Body: args})
	}
	for range min(b.N, flight) {
		<-done
	}
}

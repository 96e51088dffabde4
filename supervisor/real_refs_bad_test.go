package supervisor

import (
	"sync"
	"testing"
	"time"
)

// badRefs does with references what does not work.
const badRefs = `import { DurableObject, RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
class Thing extends RpcTarget { hello() { return "hello"; } }
export class Service extends WorkerEntrypoint { add(x) { return x + 1; } }
export class Leaf extends DurableObject {
  async apply(f, x) { return await f(x); }
  async up(f) { return await f(1); }
}
export class Root extends DurableObject {
  ping() { return "pong"; }
  async apply(f, x) { return await f(x); }
  async keep(f) { this.kept = f; }
  async keepDup(f) { this.kept = f.dup(); }
  async use() { return await this.kept(1); }
  die() { this.ctx.abort("gone"); }
  fn() { return () => 1; }
  thing() { return new Thing(); }
  size(v) { return v.byteLength ?? v.length; }
  cyclic(v) { return v.self === v && v.list[0] === v; }
  leaf() { return this.ctx.facets.get("leaf", () => ({ class: this.ctx.exports.Leaf() })); }
  async recursion() {
    const f = (n) => this.leaf().apply(f, n + 1);
    return await f(0);
  }
  async store(what) {
    const v = { fn: () => 1, target: new Thing(), stub: this.env.ROOT.getByName("x"), stream: new ReadableStream(), request: new Request("https://x.example/") }[what];
    this.ctx.storage.kv.put("v", v);
  }
  async given(where, what) {
    const v = { fn: () => 1, target: new Thing(), loader: this.env.LOADER, namespace: this.env.ROOT, exports: this.ctx.exports.Service, facet: this.leaf(), stream: new ReadableStream() }[what];
    const code = { compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": "export default { fetch() { return new Response('loaded'); } }" } };
    if (where === "env") return await (await this.env.LOADER.load({ ...code, env: { v } }).getEntrypoint().fetch("https://x.example/")).text();
    return await (await this.env.LOADER.load(code).getEntrypoint(undefined, { props: { v } }).fetch("https://x.example/")).text();
  }
  passFacet() { return this.leaf(); }
}
const error = (p) => Promise.resolve(p).then((v) => "no error: " + v, (e) => e.name + ": " + e.message);
const tests = {
  throws: (o) => error(o.apply(() => { throw new SyntaxError("thrown"); })),
  hangs: (o) => error(o.apply(() => new Promise(() => {}))),
  nonsense: (o) => error(o.apply(() => Symbol("s"))),
  deep: (o) => { let v = 1; for (let i = 0; i < 200; i++) v = [v]; return error(o.apply(() => v)); },
  recursion: (o) => error(o.recursion()),
  mutual: (o) => { const f = () => o.apply(f); return error(o.apply(f)); },
  large: (o) => error((async () => await o.size(new Uint8Array(5 << 20)))()),
  huge: (o) => error((async () => await o.size(new Uint8Array(2 ** 31)))()),
  cyclic: (o) => { const v = { list: [] }; v.self = v; v.list.push(v); return o.cyclic(v); },
  many: (o) => error(o.apply(Array.from({ length: 1025 }, () => () => 1))),
  disposed: async (o) => { const t = await o.thing(); t[Symbol.dispose](); return await error((async () => await t.hello())()); },
  undup: async (o) => { await o.keep(() => 1); return await error(o.use()); },
  dup: async (o) => { await o.keepDup((x) => x + 1); return await o.use(); },
  killed: async (o, env) => {
    const f = await o.fn();
    await o.die().catch(() => {});
    return [await f().then(() => "no error", (e) => e instanceof Error), await env.ROOT.getByName("o").ping()].join();
  },
  store: (o, env, what) => error(o.store(what)),
  env: (o, env, what) => error(o.given("env", what)),
  props: (o, env, what) => error(o.given("props", what)),
  facet: (o) => error(o.passFacet()),
};
export default {
  async fetch(request, env) {
    const [, name, what] = new URL(request.url).pathname.split("/");
    return new Response(String(await tests[name](env.ROOT.getByName("o"), env, what)));
  },
};`

// What cannot work fails with the documented error, and the next request works.
func TestBadReferences(t *testing.T) {
	var mu sync.Mutex
	ends := make(map[Verdict]int)
	verdicts := func(v Verdict) int {
		mu.Lock()
		defer mu.Unlock()
		return ends[v]
	}
	h := realHost(t, func(c *Config) {
		c.Ended = func(v *VerdictError) {
			mu.Lock()
			defer mu.Unlock()
			ends[v.Verdict]++
		}
	})
	p := project(t, h, badRefs)
	// What never ends has a host whose limit can be waited for; on the other one no
	// limit is near, however slow the machine.
	short := project(t, realHost(t, func(c *Config) { c.Limits.Wall = 2 * time.Second }), badRefs)
	for _, path := range []string{"/hangs", "/recursion", "/mutual"} {
		// All calls of a chain have the same limit. On a machine that stands still as it
		// comes, that of the request itself, or the grace of a process that waits, may be
		// the first to be seen, each time: then the request ends by that.
		var code int
		var body string
		for try := 0; try == 0 || (code == 504 || code == 502) && try < 5; try++ {
			code, body = get(short, path)
		}
		if code != 504 && code != 502 && (code != 200 || body != "Error: the call took longer than its limit allows") {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	for _, tt := range []struct{ path, want string }{
		{"/throws", "SyntaxError: thrown"},
		{"/nonsense", "DataCloneError: Symbol(s) could not be cloned."},
		{"/deep", "DataCloneError: The value is nested deeper than 128 levels."},
		{"/large", "RangeError: The arguments of a call take 5243020 bytes, over the limit of 4177920."},
		{"/cyclic", "true"},
		{"/many", "RangeError: A value may refer to 1024 functions, objects and streams."},
		{"/disposed", "Error: RPC stub used after being disposed."},
		{"/undup", "Error: RPC stub used after being disposed."},
		{"/dup", "2"},
		{"/killed", "true,pong"},
		{"/store/fn", "DataCloneError: () => 1 could not be cloned."},
		{"/store/target", "DataCloneError: Remote RPC references can only be serialized for RPC."},
		{"/store/stub", "DataCloneError: ServiceStub cannot be serialized in this context."},
		{"/store/stream", "DataCloneError: ReadableStream can only be serialized for RPC."},
		{"/store/request", "DataCloneError: #<Request> could not be cloned."},
		{"/env/fn", "DataCloneError: () => 1 could not be cloned."},
		{"/env/target", "DataCloneError: Remote RPC references can only be serialized for RPC."},
		{"/env/loader", `DataCloneError: Could not serialize object of type "WorkerLoader". This type does not support serialization.`},
		{"/env/namespace", `DataCloneError: Could not serialize object of type "DurableObjectNamespace". This type does not support serialization.`},
		{"/env/exports", `DataCloneError: Could not serialize object of type "LoopbackServiceStub". This type does not support serialization.`},
		{"/env/facet", "DataCloneError: Stubs pointing to Durable Object facets are not serializable."},
		{"/env/stream", "DataCloneError: ReadableStream can only be serialized for RPC."},
		{"/props/fn", "DataCloneError: () => 1 could not be cloned."},
		{"/props/loader", `DataCloneError: Could not serialize object of type "WorkerLoader". This type does not support serialization.`},
		{"/props/exports", `DataCloneError: Could not serialize object of type "LoopbackServiceStub". This type does not support serialization.`},
		{"/facet", "DataCloneError: Stubs pointing to Durable Object facets are not serializable."},
	} {
		want(t, p, tt.path, tt.want)
	}
	// An argument of 2 GiB is more than the instance may have: it ends, and no other.
	if code, body := get(p, "/huge"); code != 502 || verdicts(OOM) != 1 {
		t.Errorf("2 GiB: %d %q, %d ended so", code, body, verdicts(OOM))
	}
	want(t, p, "/cyclic", "true")
}

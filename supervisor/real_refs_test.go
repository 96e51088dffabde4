package supervisor

import (
	"testing"
	"time"
)

// refsProject passes functions, objects and stubs between all kinds of instances.
const refsProject = `import { DurableObject, WorkerEntrypoint, RpcTarget } from "cloudflare:workers";
const disposed = [];
class Counter extends RpcTarget {
  #n = 0;
  #name;
  constructor(name) { super(); this.#name = name; }
  bump(by = 1) { return this.#n += by; }
  get n() { return this.#n; }
  again() { return this; }
  fail() { throw new RangeError("counter failed"); }
  [Symbol.dispose]() { disposed.push(this.#name); }
}
const LOADED = ` + "`" + `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  async apply(f, x) { return await f(x); }
  async service(x) { return [await this.env.SERVICE.add(x), await this.env.OBJECT.name(), this.env.DATE.getTime()].join(); }
  async relay() { return await (await this.env.SERVICE.fetch("https://x.example/p")).text(); }
  async pass(o) { return await o.take(this.env.SERVICE); }
}
export class App extends DurableObject {
  async apply(f, x) { return await f(x); }
  async nested() { return await this.ctx.facets.get("n", () => ({ class: this.env.CLASS })).who(); }
  async props() { return await this.ctx.props.stub.add(1); }
}` + "`" + `;
export class Service extends WorkerEntrypoint {
  add(x) { return x + this.ctx.props.by; }
  fetch(request) { return new Response("service " + new URL(request.url).pathname); }
}
export class Leaf extends DurableObject {
  who() { return "leaf " + this.ctx.props.tag; }
  async apply(f, x) { return await f(x); }
  async twice(f) { const g = f.dup(); this.kept = g; return await f(1) + await g(2); }
  async later(x) { return await this.kept(x); }
}
export class Root extends DurableObject {
  name() { return this.ctx.id.name; }
  async apply(f, x) { return await f(x); }
  async all(o) { return await o.list[0](1) + await o.map.get("g")(10) + o.plain; }
  counter(name) { return new Counter(name); }
  pair() { return { a: new Counter("a"), b: (x) => x + 1, n: 7 }; }
  disposals() { return disposed.splice(0); }
  async keep(f) { this.kept = f.dup(); }
  async kept1(x) { return await this.kept(x); }
  same(stub) { return stub; }
  async take(stub) { return await stub.add(100); }
  async facet() {
    const leaf = this.ctx.facets.get("leaf", () => ({ class: this.ctx.exports.Leaf({ props: { tag: "t" } }) }));
    let seen = 0;
    const one = await leaf.apply(async (x) => { this.ctx.storage.kv.put("seen", x); seen++; return await leaf.who() + x; }, 5);
    const two = await leaf.twice((x) => x * 10);
    return [one, seen, two, await leaf.later(4), this.ctx.storage.kv.get("seen")].join();
  }
  worker(env) {
    return this.env.LOADER.load({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": LOADED }, env });
  }
  things() {
    return { SERVICE: this.ctx.exports.Service({ props: { by: 5 } }), OBJECT: this.env.ROOT.getByName("other"),
      CLASS: this.ctx.exports.Leaf({ props: { tag: "given" } }), DATE: new Date(3) };
  }
  async loaded() {
    const w = this.worker(this.things()).getEntrypoint();
    return [await w.apply((x) => x + 1, 1), await w.service(2), await w.relay(), await w.pass(this.env.ROOT.getByName("third"))].join(" ");
  }
  async loadedFacet() {
    const w = this.worker(this.things());
    const app = this.ctx.facets.get("app", () => ({ class: w.getDurableObjectClass("App", { props: { stub: this.ctx.exports.Service({ props: { by: 1 } }) } }) }));
    return [await app.apply((x) => x + 1, 1), await app.nested(), await app.props()].join();
  }
}
const tests = {
  call: async (o) => await o.apply((x) => x * 2, 21),
  inside: async (o) => await o.all({ list: [(x) => x + 1], map: new Map([["g", async (x) => x + 2]]), plain: 3 }),
  reenter: async (o, env) => await o.apply(async (x) => await o.apply((y) => y + x, 3), 4),
  target: async (o) => {
    using c = await o.counter("used");
    return [await c.bump(), await c.bump(5), await c.n, await c.again().again().bump()].join();
  },
  pipelined: async (o) => await o.counter("pipe").bump(3) + await o.pair().a.bump(4),
  pair: async (o) => {
    using p = await o.pair();
    return [await p.a.bump(), await p.b(1), p.n].join();
  },
  disposals: async (o) => (await o.disposals()).sort().join(),
  passed: async (o, env) => {
    using c = await o.counter("passed");
    return await env.ROOT.getByName("p").apply(async (x) => await c.bump(x), 9);
  },
  given: async (o, env) => {
    using c = await o.counter("given");
    await env.ROOT.getByName("p").keep(async () => 1);
    return await env.ROOT.getByName("q").apply(c.bump, 2).catch((e) => e.name);
  },
  throws: async (o) => {
    using c = await o.counter("t");
    return [await o.apply(() => { throw new TypeError("mine"); }).catch((e) => e.name + " " + e.message),
      await c.fail().catch((e) => e.name + " " + e.message), await c.nope().catch((e) => e.message)].join("; ");
  },
  many: async (o, env, what) => {
    let n = 0;
    for (; n < 500; n++) {
      if (what === "function") await o.apply((x) => x, 1);
      else if (what === "target") await (await o.counter("many")).bump();
      else await o.same(env.ROOT.getByName("other"));
    }
    return n;
  },
  facet: (o) => o.facet(),
  loaded: (o) => o.loaded(),
  loadedFacet: (o) => o.loadedFacet(),
};
export default {
  async fetch(request, env) {
    const [, name, object] = new URL(request.url).pathname.split("/");
    try { return new Response(String(await tests[name](env.ROOT.getByName("o"), env, object))); }
    catch (e) { return new Response(e.name + ": " + e.message, { status: 500 }); }
  },
};`

// liveStubs are those of all instances that run.
func liveStubs(h *Host) (stubs []*Stub) {
	for _, o := range h.live() {
		o.mu.Lock()
		o.root.each(func(n *node) {
			if n.inc != nil {
				stubs = append(stubs, &Stub{inc: n.inc})
			}
		})
		o.mu.Unlock()
	}
	return stubs
}

// Functions, RpcTargets, stubs and classes go between an entry worker, objects,
// facets and loaded workers (facts F13, F87, L32).
func TestReferencesEndToEnd(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, refsProject)
	for _, tt := range []struct{ path, want string }{
		{"/call", "42"},
		{"/inside", "17"},
		{"/reenter", "7"},
		{"/target", "1,6,6,7"},
		{"/pipelined", "7"},
		{"/pair", "1,2,7"},
		{"/passed", "9"},
		{"/throws", `TypeError mine; RangeError counter failed; The RPC receiver does not implement the method "nope".`},
		{"/facet", "leaf t5,1,30,40,5"},
		{"/loaded", "2 7,other,3 service /p 105"},
		{"/loadedFacet", "2,leaf given,2"},
	} {
		want(t, p, tt.path, tt.want)
	}
	eventually(t, "each RpcTarget is disposed of once", func() bool {
		_, got := get(p, "/disposals")
		return got != ""
	})
	// Only what objects keep is left: Leaf's function of Root.
	eventually(t, "one function is held, and the stubs that loaded code was given", func() bool {
		handles, exports := counts(liveStubs(h)...)
		return exports == 1 && handles <= 10
	})
}

// What is passed thousands of times is given back in time.
func TestReferencesAreGivenBack(t *testing.T) {
	h := realHost(t, func(c *Config) { c.Limits.Wall = time.Minute })
	p := project(t, h, refsProject)
	for _, path := range []string{"/many/function", "/many/target", "/many/stub"} {
		want(t, p, path, "500")
	}
	eventually(t, "nothing is held but stubs", func() bool {
		_, exports := counts(liveStubs(h)...)
		return exports == 0
	})
}

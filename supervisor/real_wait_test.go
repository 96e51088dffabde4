package supervisor

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// waits is a project whose instances wait for each other in unusual places.
const waits = `import { DurableObject } from "cloudflare:workers";
export class Root extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.memory = 0;
    if (ctx.id.name !== "eager") return;
    const f = ctx.facets.get("child", () => ({ class: ctx.exports.Root, id: "child" })); // F11
    ctx.blockConcurrencyWhile(async () => { this.first = await f.bump(); }); // F15
  }
  bump() { return ++this.memory; }
  got() { return this.first; }
  slow(ms) { return new Promise((r) => setTimeout(r, ms, "slow")); }
  child(options) { return this.ctx.facets.get("child", options ?? (() => ({ class: this.ctx.exports.Root }))); }
  async wait(ms) { return await this.child().slow(ms); }
  async hung() { return await this.child(() => new Promise(() => {})).bump(); }
  async nothing() { return await this.child(() => undefined).bump(); }
  async wrong() { return await this.child(() => ({ class: "Root" })).bump(); }
  async rejects() { return await this.child(async () => { throw new SyntaxError("no options"); }).bump(); }
  async fine() { return await this.child().bump(); }
  async spin() { return await this.child().loop(); }
  loop() { for (;;); }
  // mutual recursion without an end
  async ping(n) { return await this.env.ROOT.getByName("pong" + n % 2).ping(n + 1); }
  async shared(id) {
    const w = this.env.LOADER.get(id, () => ({ compatibilityDate: "2026-04-01", mainModule: "w.js",
      modules: { "w.js": "import { DurableObject } from 'cloudflare:workers'; export class C extends DurableObject { by() { return '" + this.ctx.id.name + "'; } }" } }));
    return await this.ctx.facets.get("shared", () => ({ class: w.getDurableObjectClass("C") })).by();
  }
}
export default {
  async fetch(request, env, ctx) {
    const id = env.ROOT.newUniqueId();
    const stub = env.ROOT.get(env.ROOT.idFromString(id.toString()));
    await stub.bump();
    return new Response(String(await env.ROOT.get(id).bump()));
  },
};`

func TestWaitingForEachOther(t *testing.T) {
	var mu sync.Mutex
	var ends []string
	h := realHost(t, func(c *Config) {
		// Long enough for what is no wait, on a slow machine too.
		c.Limits.Wall, c.Limits.CPU = 4*time.Second, 600*time.Millisecond
		c.Ended = func(v *VerdictError) {
			mu.Lock()
			defer mu.Unlock()
			ends = append(ends, v.Error())
		}
	})
	p := project(t, h, waits)
	want(t, p, "/", "2") // ids made in the runner are those of the supervisor
	var n int
	if err := p.Object("Root", "eager").Call(t.Context(), "got", &n); err != nil || n != 1 {
		t.Errorf("F11, F15: %d, %v", n, err)
	}
	obj := p.Object("Root", "o")
	fine := func(after string, want int) {
		t.Helper()
		if err := obj.Call(t.Context(), "bump", &n); err != nil || n != want {
			t.Errorf("after %s: %d, %v; want %d: the instance that waited was not to end", after, n, err, want)
		}
	}
	failing := func(method, text string, args ...any) {
		t.Helper()
		if err := obj.Call(t.Context(), method, nil, args...); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v; want %q", method, err, text)
		}
	}
	fine("nothing", 1)
	failing("nothing", "StartupOptions") // F29
	failing("wrong", "Incorrect type for the 'class' field on 'StartupOptions'")
	failing("rejects", "SyntaxError: no options") // F40
	failing("hung", "longer than its limit")
	fine("a callback that hangs", 2)
	failing("wait", "longer than its limit", 60_000)
	fine("a facet that hangs", 3)
	failing("spin", "limit") // of the processor's time, or of the clock's on a machine that has little of that
	fine("a facet that loops", 4)
	if err := obj.Call(t.Context(), "fine", &n); err != nil || n != 1 {
		t.Errorf("F41 is not copied: %d, %v", n, err)
	}
	failing("ping", "", 0)
	fine("endless recursion", 5)
	// Objects share what a loader has loaded: the first code of an id wins (L5).
	for _, name := range []string{"one", "two"} {
		var by string
		if err := p.Object("Root", name).Call(t.Context(), "shared", &by, "code"); err != nil || by != "one" {
			t.Errorf("L5: %q, %v", by, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, e := range ends {
		// The one that is waited for may, where it gets no processor for a second.
		if !strings.Contains(e, "hibernated") && !(strings.Contains(e, "Root/o/child") && strings.Contains(e, "nothing was heard")) {
			t.Errorf("an instance was ended: %s", e)
		}
	}
}

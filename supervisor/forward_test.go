package supervisor

import (
	"strings"
	"testing"
)

// What comes through two instances that only pass it on is what they would have sent,
// whether or not the supervisor takes the short way.
func TestPassedOnAnswers(t *testing.T) {
	p := project(t, realHost(t, nil), `import { DurableObject } from "cloudflare:workers";
const facet = `+"`"+`import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  fetch(request) {
    switch (new URL(request.url).pathname) {
      case "/throws": throw new RangeError("far");
      case "/large": return new Response("x".repeat(700000));
      case "/streams": return new Response(new ReadableStream({async pull(c) { for (let i = 0; i < 3; i++) { c.enqueue(new TextEncoder().encode(i + " ")); await new Promise(r => setTimeout(r, 1)) } c.close() }}));
      case "/empty": return new Response(null, {status: 204, headers: {"x-a": "b"}});
    }
    const n = (this.ctx.storage.kv.get("n") || 0) + 1;
    this.ctx.storage.kv.put("n", n);
    return new Response("visit " + n, {status: 201, statusText: "Made", headers: {"x-a": "b"}});
  }
}`+"`"+`;
export class Root extends DurableObject {
  fetch(request) {
    const path = new URL(request.url).pathname;
    if (path === "/last") return (async () => { const r = await this.last; return new Response([r.status, r.headers.get("x-a"), r.bodyUsed].join()) })();
    const app = this.ctx.facets.get("app", () => ({ class: this.env.LOADER.get("v1", () => ({
      compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": facet }, globalOutbound: null })).getDurableObjectClass("App") }));
    if (path === "/changes") return app.fetch(request).then(async r => new Response("root: " + await r.text(), {status: 200}));
    return this.last = app.fetch(request);
  }
}
export default { fetch(request, env) { return env.ROOT.getByName("r").fetch(request) } };`)
	for range 3 { // more than once: what the instances still think of the first call shows in the next ones
		tests := []struct {
			path, want string
			code       int
		}{
			{"/", "visit ", 201},
			{"/last", "201,b,true", 200},
			{"/changes", "root: visit ", 200},
			{"/empty", "", 204},
			{"/last", "204,b,false", 200},
			{"/streams", "0 1 2 ", 200},
			{"/large", strings.Repeat("x", 700000), 200},
			{"/throws", "", 500},
			{"/", "visit ", 201},
		}
		for _, tt := range tests {
			if code, body := get(p, tt.path); code != tt.code || code < 500 && !strings.HasPrefix(body, tt.want) {
				t.Errorf("%s: %d %.80q; want %d %.80q", tt.path, code, body, tt.code, tt.want)
			}
		}
	}
}

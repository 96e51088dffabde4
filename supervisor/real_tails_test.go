package supervisor

import (
	"strings"
	"testing"
	"time"
)

// tailed is a project that loads a worker with two tails, an entrypoint and an
// object, and shows what they were told.
const tailed = `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
const CODE = ` + "`" + `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  async fetch(request) {
    console.log("hello", { a: 1 }, [1, 2]);
    if (request.url.endsWith("boom")) throw new TypeError("boomed");
    if (request.url.endsWith("spin")) for (;;) ;
    if (request.url.endsWith("flood")) for (let i = 0; i < 5000; i++) console.log("x".repeat(100));
    if (request.url.endsWith("later")) this.ctx.waitUntil((async () => { await new Promise((d) => setTimeout(d, 30)); console.warn("much later"); })());
    return new Response("fine", { status: 203 });
  }
  add(a, b) { console.error("adding"); return a + b; }
}
export class App extends DurableObject { count() { console.info("counting"); return 1; } }` + "`" + `;
export class Told extends WorkerEntrypoint {
  async tail(events) { await this.env.ROOT.getByName(this.ctx.props.name).record(events); }
}
export class Root extends DurableObject {
  seen = [];
  record(events) { this.seen.push(...events); }
  tail(events) { this.record(events); }
  all() { return this.seen.map((e) => [e.outcome, e.event?.rpcMethod ?? e.event?.request?.url, e.event?.response?.status ?? 0, e.logs.map((l) => [l.level, ...l.message]).slice(0, 3), e.exceptions.map((x) => x.name + ": " + x.message), e.truncated, e.event?.request?.headers ?? {}]); }
  async fetch(request) {
    const [, what, how] = new URL(request.url).pathname.split("/");
    const worker = this.env.LOADER.get("w", () => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": CODE },
      tails: [this.ctx.exports.Told({ props: { name: "told" } }), this.env.ROOT.getByName("object")] }));
    if (what === "seen") return Response.json(await this.env.ROOT.getByName(how).all());
    if (what === "add") return new Response(String(await worker.getEntrypoint().add(1, 2)));
    if (what === "facet") return new Response(String(await this.ctx.facets.get("f", () => ({ class: worker.getDurableObjectClass("App") })).count()));
    return await worker.getEntrypoint().fetch("http://h/" + how, { headers: { "x-in": "1", authorization: "Bearer x" } }).catch((e) => new Response(String(e)));
  }
}
export default { fetch(request, env) { return env.ROOT.getByName("one").fetch(request); } }`

func TestTails(t *testing.T) {
	h := realHost(t, func(c *Config) { c.Limits.CPU = time.Second })
	p := project(t, h, tailed)
	headers := `{"authorization":"REDACTED","x-in":"1"}`
	for _, tt := range []struct{ path, told string }{
		{"/go/x", `["ok","http://h/x",203,[["log","hello",{"a":1},[1,2]]],[],false,` + headers + `]`},
		{"/go/boom", `["exception","http://h/boom",0,[["log","hello",{"a":1},[1,2]]],["TypeError: boomed"],false,` + headers + `]`},
		{"/add", `["ok","add",0,[["error","adding"]],[],false,{}]`},
		{"/facet", `["ok","count",0,[["info","counting"]],[],false,{}]`},
		{"/go/later", `["ok","http://h/later",203,[["log","hello",{"a":1},[1,2]],["warn","much later"]],[],false,` + headers + `]`},
		{"/go/flood", `["ok","http://h/flood",203,[["log","hello",{"a":1},[1,2]],["log","` + strings.Repeat("x", 100) + `"],["log","` + strings.Repeat("x", 100) + `"]],[],true,` + headers + `]`},
		{"/go/spin", `["exceededCpu","http://h/spin",0,[],[],false,` + headers + `]`},
	} {
		if code, body := get(p, tt.path); code >= 300 {
			t.Fatalf("%s: %d %s", tt.path, code, body)
		}
		for _, tail := range []string{"told", "object"} {
			var got string
			eventually(t, tail+" was told of "+tt.path+", not: "+got, func() bool {
				_, got = get(p, "/seen/"+tail)
				return strings.HasSuffix(got, tt.told+"]") || tt.path == "/go/spin" && strings.Contains(got, `"exceededCpu"`)
			})
		}
	}
}

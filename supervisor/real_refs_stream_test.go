package supervisor

import (
	"testing"
	"time"
)

// streamRefs passes streams, requests and responses as values.
const streamRefs = `import { DurableObject } from "cloudflare:workers";
const MiB = 1 << 20;
const source = (total, seen) => new ReadableStream({
  pull(c) {
    if (seen.n >= total) return c.close();
    const chunk = new Uint8Array(50000);
    chunk[0] = seen.n / 50000 & 255;
    seen.n += chunk.length;
    c.enqueue(chunk);
  },
  cancel(reason) { seen.cancelled = String(reason); },
});
const drain = async (stream) => {
  let n = 0, wrong = 0, at = 0;
  for await (const chunk of stream) {
    for (let i = (50000 - at % 50000) % 50000; i < chunk.length; i += 50000) if (chunk[i] !== ((at + i) / 50000 & 255)) wrong++;
    n += chunk.length; at += chunk.length;
  }
  return n + " " + wrong;
};
export class Root extends DurableObject {
  seen = { n: 0 };
  produce(total) { this.seen = { n: 0 }; return source(total, this.seen); }
  produced() { return this.seen; }
  async consume(stream) { return await drain(stream); }
  async first(stream) { const r = stream.getReader(); const { value } = await r.read(); await r.cancel("enough"); return value.length; }
  async fill(writable, total) {
    const w = writable.getWriter();
    for (let n = 0; n < total; n += 50000) await w.write(new Uint8Array(50000).fill(n / 50000 & 255, 0, 1));
    await w.close();
    return "filled";
  }
  async half(writable) { const w = writable.getWriter(); await w.write(new Uint8Array(3)); await w.abort(new RangeError("no more")); }
  async echo(request) {
    return new Response(request.body, { status: 201, statusText: "Made", headers: [["x-method", request.method], ["x-url", request.url], ["x-a", request.headers.get("a")], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
  }
  headers(h) { h.append("x", "2"); return h; }
  empty() { return new Response(null, { status: 204 }); }
  die() { this.ctx.abort("gone"); }
  ping() { return "pong"; }
}
const TOTAL = 64 * MiB;
const tests = {
  result: async (o) => await drain(await o.produce(TOTAL)),
  argument: async (o) => await o.consume(source(TOTAL, { n: 0 })),
  slow: async (o) => {
    const r = (await o.produce(TOTAL)).getReader();
    await r.read();
    await scheduler.wait(150);
    const { n } = await o.produced();
    await r.cancel("enough");
    return n < 2 * MiB ? "held back" : n;
  },
  cancel: async (o) => {
    const seen = { n: 0 };
    const got = await o.first(source(TOTAL, seen));
    for (let i = 0; i < 100 && seen.cancelled === undefined; i++) await scheduler.wait(10);
    return got > 0 && seen.n < 2 * MiB ? "cancelled: " + seen.cancelled : seen.n;
  },
  writable: async (o) => {
    let n = 0, closed = false;
    const w = new WritableStream({ write(chunk) { n += chunk.length; }, close() { closed = true; } });
    return [await o.fill(w, 8 * MiB), n >= 8 * MiB, closed].join();
  },
  aborted: async (o) => {
    let n = 0, why;
    await o.half(new WritableStream({ write(chunk) { n += chunk.length; }, abort(reason) { why = reason; } }));
    for (let i = 0; i < 100 && why === undefined; i++) await scheduler.wait(10);
    return n + " " + why;
  },
  request: async (o) => {
    const r = await o.echo(new Request("https://x.example/p?q", { method: "POST", body: "hello", headers: { a: "1" } }));
    return [r instanceof Response, r.status, r.statusText, r.headers.get("x-method"), r.headers.get("x-url"), r.headers.get("x-a"), r.headers.getSetCookie().join("+"), await r.text()].join(" ");
  },
  headers: async (o) => { const h = await o.headers(new Headers({ x: "1" })); return (h instanceof Headers) + " " + h.get("x"); },
  empty: async (o) => { const r = await o.empty(); return r.status + " " + r.body; },
  killed: async (o, env) => {
    const r = (await o.produce(TOTAL)).getReader();
    await r.read();
    await o.die().catch(() => {});
    let e;
    try { for (;;) if ((await r.read()).done) break; } catch (x) { e = x; }
    return (e instanceof Error) + " " + await env.ROOT.getByName("o").ping();
  },
};
export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1);
    try { return new Response(String(await tests[name](env.ROOT.getByName("o"), env))); }
    catch (e) { return new Response(e.name + ": " + e.message, { status: 500 }); }
  },
};`

// Streams cross without being kept whole: 64 MiB go through in pieces, and a reader
// that stops holds up the writer.
func TestStreamsAsValues(t *testing.T) {
	h := realHost(t, func(c *Config) { c.Limits.Wall, c.Limits.CPU = time.Minute, time.Minute })
	p := project(t, h, streamRefs)
	for _, tt := range []struct{ path, want string }{
		{"/result", "67150000 0"},
		{"/argument", "67150000 0"},
		{"/slow", "held back"},
		{"/cancel", "cancelled: enough"},
		{"/writable", "filled,true,true"},
		{"/aborted", "3 RangeError: no more"},
		{"/request", "true 201 Made POST https://x.example/p?q 1 a=1+b=2 hello"},
		{"/headers", "true 1, 2"},
		{"/empty", "204 null"},
		{"/killed", "true pong"},
	} {
		want(t, p, tt.path, tt.want)
	}
	eventually(t, "nothing is held", func() bool {
		handles, exports := counts(liveStubs(h)...)
		return handles+exports == 0
	})
}

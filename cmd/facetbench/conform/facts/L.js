import { kind, methods, show, sleep, thrown } from "./show.js";

const base = (text, more = {}) => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": text }, globalOutbound: null, ...more });
const EP = `import { WorkerEntrypoint } from "cloudflare:workers"; let calls = 0;
export default class extends WorkerEntrypoint { fetch() { return new Response("fetched"); } count() { return ++calls; } props() { return this.ctx.props; } env_() { return this.env; } add(a, b) { return a + b; } async out() { try { await fetch("http://example.com/"); return "reached"; } catch (e) { return e; } } }
export class Named extends WorkerEntrypoint { hi() { return "named"; } }
import { DurableObject } from "cloudflare:workers"; export class Obj extends DurableObject { hi() { return "obj"; } stored() { return typeof this.ctx.storage; } }`;
// What an expression gives inside a dynamic worker.
const within = (me, expression, more = {}) => me.env.LOADER.load(base(`import { WorkerEntrypoint } from "cloudflare:workers"; ${more.head ?? ""}
export default class extends WorkerEntrypoint { async run() { return await (async () => (${expression}))(); } }`, more.code)).getEntrypoint().run();
// What loading code and calling it gives.
const use = (me, code) => thrown(() => me.env.LOADER.load(code).getEntrypoint().fetch("http://h/").then((r) => r.text()));
// What an expression gives inside a dynamic worker whose fetch() goes somewhere.
const through = (me, globalOutbound, expression) => within(me, expression, { head: `const thrown = async (f) => { try { return "no error: " + await f(); } catch (e) { return e.name + ": " + e.message; } };`, code: { globalOutbound } });
const ok = `export default { fetch() { return new Response("ok"); } }`;

export const facts = {
  L2: (me) => [methods(me.env.LOADER), typeof me.env.LOADER],
  L3: async (me) => [await me.env.LOADER.load(base(EP)).getEntrypoint().count(), await me.env.LOADER.load(base(EP)).getEntrypoint().count()],
  L5: async (me) => { const a = await me.env.LOADER.get("same", () => base(ok)).getEntrypoint().fetch("http://h/").then((r) => r.text()); let called = 0; const b = await me.env.LOADER.get("same", () => { called++; return base(EP); }).getEntrypoint().fetch("http://h/").then((r) => r.text()); return [a, b, called]; },
  L4: async (me) => { let calls = 0; me.env.LOADER.get("eager", () => { calls++; return base(ok); }); await sleep(30); return calls; },
  L7: async (me) => { let calls = 0; const f = (id) => me.env.LOADER.get(id, () => { calls++; return base(EP); }).getEntrypoint().count(); return [await f(null), await f(null), await f(undefined), calls]; },
  L8: async (me) => [await me.env.LOADER.get("", () => base(EP)).getEntrypoint().add(1, 2), await me.env.LOADER.get("x".repeat(100_000), () => base(EP)).getEntrypoint().add(2, 3)],
  L9: async (me) => { const a = await thrown(() => me.env.LOADER.get("bad", () => { throw new RangeError("first"); }).getEntrypoint().count()); return [a, await thrown(() => me.env.LOADER.get("bad", () => base(EP)).getEntrypoint().add(1, 1))]; },
  L12: async (me) => { const w = me.env.LOADER.get("shared", () => base(EP)); return [await w.getEntrypoint().count(), await w.getEntrypoint().count(), await me.env.LOADER.get("shared", () => base(EP)).getEntrypoint().count()]; },
  L13: async (me) => { const w = me.env.LOADER.load(base(EP)); return [methods(w), await w.getEntrypoint().add(1, 2), await w.getEntrypoint("default").add(1, 2), await w.getEntrypoint(null).add(1, 2), await w.getEntrypoint("Named").hi(), await w.getEntrypoint(undefined, { props: { d: new Date(1) } }).props(), await w.getEntrypoint().props()]; },
  L14: async (me) => [await thrown(() => me.env.LOADER.load(base(EP)).getEntrypoint("Zip").hi()), await thrown(() => me.env.LOADER.load(base(`export function x() {}`)).getEntrypoint().hi())],
  L15: [
    async (me) => await use(me, base(`export function x() {}`)),
    async (me) => await me.env.LOADER.load(base(`export function x() {}`, { globalOutbound: me.ctx.exports.Told })).getEntrypoint().fetch("http://h/abc", { method: "PUT", body: "b" }).then((r) => r.text()),
  ],
  L16: async (me) => await kind(() => me.env.LOADER.load(base(EP)).getEntrypoint("Obj").hi()),
  L17: async (me) => [await use(me, { mainModule: "w.js", modules: { "w.js": ok } }), await use(me, { ...base(ok), compatibilityDate: "soon" }), await kind(() => me.env.LOADER.load({ compatibilityDate: "2026-04-01", modules: { "w.js": ok } }).getEntrypoint().fetch("http://h/")), await kind(() => me.env.LOADER.load({ compatibilityDate: "2026-04-01", mainModule: "w.js" }).getEntrypoint().fetch("http://h/"))],
  L18: async (me) => [(await use(me, { ...base(ok), compatibilityDate: "2036-01-01" })).name, await use(me, { ...base(ok), compatibilityDate: "2022-01-01" })],
  L19: async (me) => await use(me, { ...base(ok), compatibilityFlags: ["no_such_flag"] }),
  L20: async (me) => await use(me, { ...base(ok), modules: {} }),
  L21: async (me) => await use(me, { ...base(ok), mainModule: "zzz.js" }),
  L22: async (me) => [await use(me, { ...base(ok), modules: { "w.js": ok, "x.css": "a" } }).then((e) => e.name)],
  L23: async (me) => [await use(me, { ...base(ok), modules: { "w.js": ok, a: { text: "t", json: 1 } } }).then((e) => e.name), await use(me, { ...base(ok), modules: { "w.js": ok, a: {} } }).then((e) => e.name), await use(me, { ...base(ok), modules: { "w.js": { js: ok } } })],
  L24: async (me) => await me.env.LOADER.load(base(`import t from "./t.txt"; import d from "./d.bin"; import j from "./j.json"; import c from "./c.cjs"; import { WorkerEntrypoint } from "cloudflare:workers"; export default class extends WorkerEntrypoint { run() { return [t, d instanceof ArrayBuffer, new Uint8Array(d)[1], j, c.v]; } }`, { modules: { "w.js": `import t from "./t.txt"; import d from "./d.bin"; import j from "./j.json"; import c from "./c.cjs"; import { WorkerEntrypoint } from "cloudflare:workers"; export default class extends WorkerEntrypoint { run() { return [t, d instanceof ArrayBuffer, new Uint8Array(d)[1], j, c.v]; } }`, "t.txt": { text: "text" }, "d.bin": { data: new Uint8Array([1, 2]).buffer }, "j.json": { json: { k: [1] } }, "c.cjs": { cjs: "exports.v = 5;" } } })).getEntrypoint().run(),
  L25: async (me) => { const d = new Uint8Array([1]); const w = me.env.LOADER.load(base("", { modules: { "w.js": `import d from "./d"; import { WorkerEntrypoint } from "cloudflare:workers"; export default class extends WorkerEntrypoint { run() { return new Uint8Array(d)[0]; } }`, d: { data: d.buffer } } })); const first = await w.getEntrypoint().run(); d[0] = 9; return [first, await w.getEntrypoint().run()]; },
  L26: async (me) => (await use(me, { compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": ok, "x.py": "print(1)" } })).name,
  L27: async (me) => { const big = "x".repeat(33 << 20); return await use(me, { ...base(ok), modules: { "w.js": ok, "a.txt": { text: big }, "b.txt": { text: big } } }).then((e) => e.message?.replace(/\d+ bytes\) exceeds/, "N bytes) exceeds")); },
  L28: async (me) => (await use(me, base(ok, { env: { big: "x".repeat(1_100_000) } }))).message?.replace(/\(\d+ bytes\)/, "(N bytes)"),
  L29: async (me) => { const text = async (code) => (await use(me, base(code))).message?.split("\n").slice(0, 2).join("|").replace(/: .*/, ""); return [await text("const a = ;"), await text("throw new RangeError('top')")]; },
  L30: async (me) => (await use(me, base(`import "./nope.js"; ${ok}`))).message?.includes("nope.js"),
  L31: async (me) => (await use(me, base(`import "node:fs"; ${ok}`))).name,
  L32: async (me) => { const svc = me.ctx.exports.Service({ props: { from: "me" } }); const env = { d: new Date(3), m: new Map([["a", 1]]), u: new Uint8Array([7]) }; const plain = await within(me, "[this.env.d, this.env.m, this.env.u]", { code: { env } }); return [plain, await thrown(() => within(me, "this.env.SVC.add(2, 3)", { code: { env: { SVC: svc } } }))]; },
  L33: async (me) => { const list = []; for (const bad of [() => 1, me.env.LOADER, me.env.OTHER, Symbol("s")]) list.push(await kind(() => me.env.LOADER.load(base(ok, { env: { bad } })).getEntrypoint().fetch("http://h/"))); return list; },
  L34: [
    async (me) => await me.env.LOADER.load(base(EP)).getEntrypoint().out(),
    async (me) => await through(me, me.ctx.exports.Told({ props: { tag: 1 } }), `(await fetch("https://example.com/p?q=1#h", { method: "POST", body: "hi", headers: { "x-a": "1" } })).text()`),
    async (me) => await through(me, me.env.OTHER.getByName("outbound"), `thrown(() => fetch("http://h/").then((r) => r.text()))`),
    async (me) => { const list = []; for (const bad of [{}, 1, "x", [], () => 1, me.env.LOADER]) list.push(await thrown(() => through(me, bad, "1"))); return list; },
    async (me) => await thrown(() => through(me, me.env.LOADER.load(base(EP)).getEntrypoint(), "1")),
    async (me) => await through(me, me.ctx.exports.Told, `thrown(() => fetch("/relative"))`),
    async (me) => await through(me, me.ctx.exports.Told, `thrown(() => fetch("ftp://h/"))`),
    async (me) => await through(me, me.ctx.exports.Told, `fetch("http://u:p@h/x").then((r) => r.text())`),
    // A facet of such a class, too.
    async (me) => await me.ctx.facets.get("out", () => ({ class: me.env.LOADER.load(base(`import { DurableObject } from "cloudflare:workers"; export class Obj extends DurableObject { async run() { return await (await fetch("http://f/x")).text(); } }`, { globalOutbound: me.ctx.exports.Told({ props: { tag: 2 } }) })).getDurableObjectClass("Obj") })).run(),
    // Inherited: what the network gives.
    async (me) => JSON.parse(await through(me, undefined, `fetch("http://OUTSIDE_ADDRESS/x?y=1#z").then((r) => r.text())`)),
    async () => await (await fetch("http://OUTSIDE_ADDRESS/", { method: "POST", body: "abc", headers: { connection: "x-gone", "transfer-encoding": "gzip", "content-length": "99", te: "trailers", upgrade: "h2c", "keep-alive": "1", cookie: "a=b", "user-agent": "me", "x-forwarded-for": "1.2.3.4" } })).json(),
    async () => await (await fetch("http://OUTSIDE_ADDRESS/", { method: "PUT", body: "x".repeat(1 << 20) })).json(),
    async () => await (await fetch("http://OUTSIDE_ADDRESS/", { method: "PUT", body: new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)); c.close(); } }) })).json(),
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/redirect?to=/x", { headers: { authorization: "s" } }); return [r.url, r.redirected, r.status, r.type, await r.json()]; },
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/redirect?to=" + encodeURIComponent("http://OUTSIDE_ADDRESS/x".replace("127.0.0.1", "localhost")), { headers: { authorization: "s", cookie: "c" } }); return (await r.json()).fields; },
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/redirect?to=/x", { redirect: "manual" }); return [r.url, r.redirected, r.status, r.headers.get("location")]; },
    async () => { const list = []; for (const [code, method] of [[303, "POST"], [301, "POST"], [302, "PUT"], [307, "POST"]]) { const o = await (await fetch("http://OUTSIDE_ADDRESS/redirect?to=/x&code=" + code, { method, body: "abc" })).json(); list.push([o.method, o.body]); } return list; },
    async () => [await thrown(() => fetch("http://OUTSIDE_ADDRESS/loop")).then((e) => [e.name, e.message.startsWith("Too many redirects.")]), (await fetch("http://OUTSIDE_ADDRESS/redirect")).status],
    async () => await thrown(() => fetch("http://127.0.0.1:1/")),
    async () => await thrown(() => fetch("http://OUTSIDE_ADDRESS/broken").then((r) => r.text())),
    async () => await (await fetch("http://OUTSIDE_ADDRESS/gzip")).text(),
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/cookies"); return [r.headers.getSetCookie(), r.headers.get("set-cookie")]; },
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/empty"); return [r.status, r.body, r.url]; },
  ],
  L35: async (me) => await thrown(() => me.env.LOADER.load({ ...base(EP), globalOutbound: me.ctx.exports.Service }).getEntrypoint().out()),
  L36: async (me) => {
    const code = `import { WorkerEntrypoint } from "cloudflare:workers";
      export default class extends WorkerEntrypoint {
        fetch(request) { console.log("hello", { a: 1 }, [1, 2], 5, null); console.warn("careful"); if (request.url.endsWith("boom")) throw new TypeError("boomed"); return new Response("fine", { status: 203 }); }
        add(a, b) { console.error("adding"); return a + b; }
        fail() { throw new RangeError("no"); }
      }`;
    const w = me.env.LOADER.get("tailed", () => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": code }, tails: [me.ctx.exports.Tail({ props: { name: "L36" } })] }));
    const e = w.getEntrypoint(), told = me.ctx.exports.Waker.getByName("L36");
    await (await e.fetch("http://h/x?y=1", { headers: { "x-in": "1", authorization: "secret" } })).text();
    await told.recorded(1);
    await thrown(() => e.fetch("http://h/boom"));
    await told.recorded(2);
    await e.add(1, 2);
    await told.recorded(3);
    await thrown(() => e.fail());
    return await told.recorded(4);
  },
  L37: async (me) => [await kind(() => me.env.LOADER.load(base(ok, { limits: { cpuMs: "x" } })).getEntrypoint().fetch("http://h/")), await use(me, base(ok, { limits: { cpuMs: 50 } }))],
  L38: async (me) => await use(me, base(ok, { extra: 1, another: () => 1 })),
  L39: async (me) => (await thrown(() => me.env.LOADER.get("string", () => "text").getEntrypoint().fetch("http://h/"))).name,
  L40: async (me) => [await within(me, `(() => { try { return eval("1"); } catch (e) { return e.name; } })()`), await within(me, `(() => { try { return new Function("return 1")(); } catch (e) { return e.name; } })()`)],
  L41: async (me) => { const list = []; for (const s of ["setTimeout(() => {}, 1)", "fetch('http://h/')", "crypto.getRandomValues(new Uint8Array(1))", "crypto.randomUUID()"]) list.push(await use(me, base(`let e = "none"; try { const r = ${s}; r?.catch?.(() => {}); } catch (x) { e = x.message; } export default { fetch() { return new Response(e); } }`)).then((t) => show(t).includes("Disallowed operation called within global scope"))); return list; },
  L42: async (me) => await within(me, `(() => { const t = Date.now(); let n = 0; while (Date.now() === t && n < 1e9) n++; return Date.now() > t; })()`),
  L43: async (me) => await within(me, `["process", "Worker", "gc", "require", "window", "document", "SharedArrayBuffer", "WebAssembly", "structuredClone", "queueMicrotask", "caches"].map((n) => n + ":" + typeof globalThis[n]).join(" ")`),
  L44: [
    async (me) => await kind(() => within(me, `caches.default.match("http://h/")`)),
    async () => [await thrown(() => caches.default.match("http://h/")), await thrown(() => caches.default.put("http://h/", new Response("x"))), await thrown(async () => (await caches.open("x")).delete("http://h/")), await kind(() => caches.default.match()), String(caches), String(caches.default)],
  ],
  L47: async (me) => [await within(me, "Object.keys(this.ctx.exports).sort()", { head: `import { DurableObject } from "cloudflare:workers"; export class Mine extends DurableObject {}` }), await within(me, "typeof this.ctx.exports.Mine.getByName", { head: `import { DurableObject } from "cloudflare:workers"; export class Mine extends DurableObject {}` }), await me.ctx.facets.get("o", () => ({ class: me.env.LOADER.load(base(EP)).getDurableObjectClass("Obj") })).stored()],
};

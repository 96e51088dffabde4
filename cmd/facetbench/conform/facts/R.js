import { RpcPromise, RpcProperty, RpcStub, ServiceStub } from "cloudflare:workers";
import { Counter, Plain, said } from "./callee.js";
import { sleep, thrown } from "./show.js";

const callee = (me) => me.ctx.exports.Callee;
const all = (list) => Promise.all(list.map(thrown));
// What was disposed of in this instance meanwhile.
const disposed = async (me) => {
  await sleep(30);
  // A call there and back: what was given up before has arrived by then.
  if (me) for (let n = 0; n < 2; n++) await callee(me).number();
  return said.splice(0);
};
const type = (x) => [typeof x, Object.prototype.toString.call(x), x.constructor.name];

let count = 0;
const code = `
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Entry extends WorkerEntrypoint {
  use(name, ...args) { return this.env.THING[name](...args); }
  type() { return [typeof this.env.THING, Object.prototype.toString.call(this.env.THING)]; }
  useProp(name, ...args) { return this.ctx.props.thing[name](...args); }
  echo(x) { return x; }
  async call(f, ...args) { return await f(...args); }
}
export class App extends DurableObject {
  async call(f, ...args) { return await f(...args); }
  counter() { let n = 0; return (by) => (n += by); }
}`;
const load = (me, env) => me.env.LOADER.get(`${me.ctx.id} ${count++}`, () => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": code }, env }));
const entry = (me, env, props) => load(me, env).getEntrypoint("Entry", { props });
const facet = (me) => me.ctx.facets.get("f", () => ({ class: load(me, {}).getDurableObjectClass("App") }));

export const facts = {
  R1: async (me) => [type(await callee(me).counter(1)), type((await callee(me).counter(1)).x), type(callee(me).number()), type(callee(me).x), Object.keys(await callee(me).counter(1)), typeof (await callee(me).counter(1)).then],
  R2: async (me) => { const p = callee(me).number(); const r = [p instanceof Promise, p instanceof RpcPromise, callee(me).x instanceof RpcProperty, (await callee(me).counter(1)) instanceof RpcStub, callee(me) instanceof ServiceStub]; return [...r, await p, await p.then((x) => x + 1), await p.finally(() => {}), await callee(me).fail().catch((e) => e.message)]; },
  R3: async (me) => { const f = await callee(me).func(); return [typeof f, await f(3, 6), await f.some, await f.deep.x.y, ...(await all([() => f.nope, () => f.call(null, 3, 6)]))]; },
  R4: async (me) => { const s = callee(me), f = s.func(); return [await f(3, 6), await f.some, await s.counter(12).increment(3), await s.object(5).foo, await s.object(5).counter.increment(7), await s.object(1).deep.g()]; },
  R5: async (me) => { const s = callee(me); return all([() => s.fail().foo, () => s.fail().foo.bar(), () => s.number().foo, () => s.text().length, () => s.nothing().foo, () => s.number()(), () => s.object(1).nope, () => s.object(1).foo(), () => s.list().length, () => s.date().getTime(), () => s.object(1).foo.bar]); },
  R6: async (me) => { const s = callee(me); return [await s.prop.text, await s.prop.f(1), await s.prop.deep.f(6, 3), await s.prop.c.increment(3), await s.late, typeof s.list()[0]]; },
  R7: async (me) => { const s = callee(me); return all([() => s.broken, () => s.inst, () => s.inst(), () => s.prop.plain.foo(), () => s.prop.plain, () => s.prop.n.x, () => s.prop(), () => s.ctx.exports, () => s.env, () => s.prop]); },
  R8: async (me) => { const c = await callee(me).counter(1); return all([() => c.own, () => c.name, () => c.value, () => c.value(), () => c.fetch, () => c.alarm, () => c.nope, () => c.boom(), () => c.self.increment(4)]); },
  R9: async (me) => all(["dup", "alarm", "webSocketMessage", "webSocketClose", "nope", "then2"].map((n) => () => callee(me)[n](1))),
  R10: async (me) => { const s = callee(me); return s.types(() => 1, new Counter(1), new RpcStub(() => 1), s({}), me.ctx.exports.Unstored({}), new Headers(), new Request("http://x/"), new Response("x"), new ReadableStream({}), class {}, async () => 1); },
  R11: async (me) => { const s = callee(me); return all([s, new Plain(), { __proto__: null, x: 1 }, new URL("http://x"), new WeakMap(), Promise.resolve(1), Symbol("q"), me.ctx.exports.Unstored, s.number(), s.prop, me.env.OTHER, me.env.LOADER, me.ctx].map((v) => () => s.echo({ v }))); },
  R12: async (me) => all([() => 1, new Counter(1), callee(me)({}), new ReadableStream({})].map((v) => () => me.ctx.storage.kv.put("k", v))),
  R13: async (me) => all([() => 1, new Counter(1), new RpcStub(() => 1), callee(me), me.ctx.exports.Unstored, new Plain(), new ReadableStream({}), new Response("x"), me.env.OTHER, me.env.LOADER].map((thing) => () => callee(me)({ props: { thing } }).props())),
  R14: async (me) => all([() => 1, new Counter(1), new RpcStub(() => 1), callee(me), new Plain(), new Response("x"), entry(me, {}), load(me, {}).getDurableObjectClass("App")].map((THING) => () => entry(me, { THING }).type())),
  R15: async (me) => [await thrown(() => entry(me, { THING: callee(me)({ props: { a: 1 } }) }).use("props")), await thrown(() => entry(me, { THING: me.env.OTHER.getByName("r15") }).use("count")), await thrown(() => entry(me, {}, { thing: callee(me)({ props: { z: 1 } }) }).useProp("props")), await thrown(() => entry(me, { THING: me.ctx.exports.Unstored({}) }).type())],
  R16: async (me) => { const e = entry(me, {}); return [await thrown(() => e.call((x) => x + 1, 4)), typeof (await e.echo((x) => x)), ...(await all([() => e.echo(e), () => e.echo(load(me, {}).getDurableObjectClass("App"))])), await (await e.echo(callee(me)({ props: { p: 1 } }))).props()]; },
  R17: async (me) => { const list = []; for (const m of ["object", "number", "text", "nothing", "list", "date"]) { const v = await callee(me)[m](1); list.push(v && typeof v === "object" ? [typeof v[Symbol.dispose], Object.getOwnPropertyDescriptor(v, Symbol.dispose).enumerable] : typeof v); } return list; },
  R18: async (me) => callee(me).call((o) => [Symbol.dispose in o, Object.getOwnPropertySymbols(o).length], { a: 1 }),
  R19: async (me) => { const s = callee(me), c = await s.counter(1), v = await c.increment(1); c[Symbol.dispose](); c[Symbol.dispose](); return [v, ...(await all([() => c.increment(1), () => c.value]))]; },
  R20: async (me) => { const o = await callee(me).object(1); o[Symbol.dispose](); return all([() => o.counter.increment(1), () => o.f(1)]); },
  R21: async (me) => { const o = await callee(me).object(1); o.counter[Symbol.dispose](); return [await o.f(4), await thrown(() => o.counter.increment(1))]; },
  R22: async (me) => { said.length = 0; const n = await callee(me).callMethod(new Counter(3, "argument"), "increment", 5); return [n, await disposed(me)]; },
  R23: async (me) => { said.length = 0; const f = (x) => x + 1; f[Symbol.dispose] = () => said.push("function"); return [await callee(me).call(f, 5), await disposed(me)]; },
  R24: async (me) => { const s = callee(me), f = () => 1, r = new RpcStub(f); const b = await s.echo({ x: f, y: f }); return [await s.isSame(f, f), await s.isSame(r, r), await s.isSame(s({}), s({})), b.x === b.y, b.x === f]; },
  R25: async (me) => { said.length = 0; const o = await callee(me).disposeTest(new Counter(3, "throughout")); const r = [o.n, await thrown(() => o.orig(1)), await o.dup(7), await o.c.increment(4)]; o[Symbol.dispose](); return [...r, ...(await all([() => o.c.increment(2), () => o.dup(1)])), await disposed(me)]; },
  R26: async () => { said.length = 0; const s = new RpcStub(new Counter(4, "local")); const r = [await s.increment(5), await s.value], d = s.dup(); s[Symbol.dispose](); r.push(await thrown(() => s.increment(1)), await d.increment(1), await disposed()); d[Symbol.dispose](); return [...r, await disposed()]; },
  R27: async () => { const s = new RpcStub((a) => ({ a, f: () => 3 })); const x = await s({ b: 1 }); return [x.a, await x.f(), await thrown(() => s({ p: new Plain() })), await new RpcStub({ x: 5, f() { return this?.x; } }).f(), await thrown(() => new RpcStub({})())]; },
  R28: async (me) => all([() => new RpcStub(5), () => new RpcStub(), () => new RpcStub(new Plain()), () => new RpcStub([1]), () => typeof new RpcStub(callee(me)), () => new RpcPromise(), () => new RpcProperty(), () => new ServiceStub()]),
  R29: async (me) => { const s = new RpcStub(new Counter(1)); await callee(me).callMethod(s, "increment", 1); return await s.increment(1); },
  R30: async (me) => { const p = callee(me).counter(1); const q = await p; p[Symbol.dispose](); return all([() => p.increment(1), () => q.increment(1)]); },
  R31: async (me) => { const p = callee(me).counter(1), c = callee(me).counter(0); return [await p.increment(1), await p.increment(1), (await p) === (await p), await Promise.all([c.increment(1), c.increment(2), c.increment(3)])]; },
  R32: async (me) => { const x = await callee(me).stubOf({ a: 1 }), o = await callee(me).object2("r32"); return [type(x), await x.props(), type(o), await o.count(), await o.count(), typeof o.id]; },
  R33: async (me) => { const s = callee(me); const rs = new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode("foo")); c.close(); } }); return [await new Response(await s.stream()).text(), await s.readAll(rs), rs.locked, await thrown(() => s.readAll(rs))]; },
  R34: async (me) => { const s = callee(me), got = []; const w = new WritableStream({ write(c) { got.push(new TextDecoder().decode(c)); }, close() { got.push("closed"); } }); await s.writeTo(w); return [got, w.locked, await thrown(() => s.writeTo(w))]; },
  R35: async (me) => all([new ReadableStream({ start(c) { c.error(new RangeError("bad")); } }), new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)); }, async pull(c) { await sleep(5); c.error(new RangeError("bad")); } })].map((x) => () => callee(me).readAll(x))),
  R36: async (me) => [await callee(me).request(new Request("http://h/p?q", { method: "POST", body: "bb", headers: { "x-a": "1" }, redirect: "manual" })), await callee(me).request(new Request("http://h/p"))],
  R37: async (me) => { const r = new Response("bb", { status: 201, statusText: "Mine", headers: [["set-cookie", "a"], ["set-cookie", "b"]] }); return [await callee(me).response(r), r.bodyUsed]; },
  R38: async (me) => { const s = callee(me), r = await s.getResponse(), q = await s.getRequest(), h = await s.getHeaders(); h.set("q", "r"); return [r.constructor.name, r.status, [...r.headers], await r.text(), q.constructor.name, q.method, q.url, await q.text(), [...h]]; },
  R39: async (me) => { const at = async (f) => { try { await f(); } catch (e) { return [e.name, e.message, Object.keys(e).filter((k) => k !== "durableObjectId")]; } }; return [await at(() => callee(me).call(() => { throw new RangeError("mine"); })), await at(() => new RpcStub(() => { throw new RangeError("mine"); })())]; },
  R40: async (me) => { const a = { f: () => 1 }; a.a = a; const b = await callee(me).echo(a); return [b.a === b, typeof b.f, await b.f()]; },
  R41: async (me) => { const s = callee(me); return [await s.call(() => s.number()), await s.call(() => s.prop.text), ...(await all([() => s.call(() => ({ p: s.number() })), () => s.echo(s.prop.text)]))]; },
  R42: async (me) => { const f = facet(me), add = await f.counter(); return [await f.call((x) => x * 2, 21), await add(2), await add(3), await thrown(() => f.call(() => { throw new RangeError("mine"); })), await me.ctx.blockConcurrencyWhile(() => f.call((x) => f.call((y) => y + 1, x), 1))]; },
  R43: async () => { said.length = 0; const s = new RpcStub(new Counter(1, "ended")); const c = (s.dup(), s.dup()); s[Symbol.dispose](); return [await thrown(() => s.dup === undefined), await c.increment(1), await disposed()]; },
  R44: async (me) => { const home = await callee(me).echo(new Counter(3)); const f = await callee(me).echo((x) => x + 1); return [type(home), await home.increment(1), await home.value, type(f), await f(1), f(1) instanceof Promise]; },
};

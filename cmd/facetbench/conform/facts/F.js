import { kind, methods, show, sleep, thrown } from "./show.js";

// The dynamic worker whose classes are the facets here.
const CODE = `
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
let boots = 0;
export class App extends DurableObject {
  constructor(ctx, env) { super(ctx, env); boots++; this.memory = 0; }
  fetch(request) { return new Response("app " + request.method + " " + new URL(request.url).pathname); }
  count() { const n = (this.ctx.storage.kv.get("n") ?? 0) + 1; this.ctx.storage.kv.put("n", n); return n; }
  stored() { return this.ctx.storage.kv.get("n"); }
  remember() { return ++this.memory; }
  id() { return [typeof this.ctx.id, this.ctx.id.name]; }
  idText() { return String(this.ctx.id); }
  props() { return this.ctx.props; }
  throwing(name) { throw new globalThis[name]("boom"); }
  async slow(ms, mark) { await new Promise((done) => setTimeout(done, ms)); return mark; }
  async locked(ms) { return await this.ctx.blockConcurrencyWhile(() => this.slow(ms, "locked")); }
  putThrow() { this.ctx.storage.kv.put("n", 777); throw new Error("after put"); }
  async putAwaitThrow() { this.ctx.storage.kv.put("n", 778); await this.slow(1); throw new Error("after await"); }
  custom() { class MyErr extends Error { constructor() { super("cust"); this.name = "MyErr"; this.code = 7; } } throw new MyErr(); }
  plain() { throw { a: 1 }; }
  text() { throw "just text"; }
  reject() { Promise.reject(new Error("nobody looks")); return "fine"; }
  waiting() { this.ctx.waitUntil(Promise.reject(new Error("later"))); return "fine"; }
  alarm() { return this.ctx.storage.setAlarm(Date.now() + 1000); }
  getAlarm() { return this.ctx.storage.getAlarm(); }
  deleteAlarm() { return this.ctx.storage.deleteAlarm(); }
  ctxKeys() { const names = []; for (let p = this.ctx; p && p !== Object.prototype; p = Object.getPrototypeOf(p)) names.push(...Object.getOwnPropertyNames(p)); return [...new Set(names)].filter((n) => n !== "constructor" && !n.startsWith("_")).sort(); }
  exports() { return Object.keys(this.ctx.exports).sort(); }
  abortSelf() { this.ctx.storage.kv.put("n", 99); this.ctx.abort(new RangeError("self")); }
  child(name) { return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.App })); }
  async nested(...names) { if (names.length === 0) return await this.count(); return await this.child(names[0]).nested(...names.slice(1)); }
  async nestedDo(verb, name, to) { if (verb === "abort") this.ctx.facets.abort(name, new Error("nested")); else this.ctx.facets[verb](name, to); return "done"; }
  deleteAll() { return this.ctx.storage.deleteAll(); }
  boots() { return boots; }
  abortCaught() { try { this.ctx.abort(new Error("gone")); } catch { } finally { this.ctx.storage.kv.put("n", 55); } return "went on"; }
  async putSyncAbort() { this.ctx.storage.kv.put("n", 5); await this.ctx.storage.sync(); this.ctx.storage.kv.put("n", 6); this.ctx.abort(new Error("over")); }
}
export class Answers extends DurableObject {
  async fetch(request) {
    const body = await request.text();
    return new Response("got " + body, { status: 207, headers: [["x-one", "1"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] });
  }
}
export class Streams extends DurableObject {
  fetch(request) {
    const out = new TransformStream();
    (async () => { const w = out.writable.getWriter(); for (let i = 0; i < 5; i++) await w.write(new TextEncoder().encode("part" + i + ";")); await w.close(); })();
    return new Response(out.readable);
  }
}
export class CtorParent extends DurableObject { constructor(ctx, env) { super(ctx, env); this.kept = ctx.facets.get("kept", () => ({ class: ctx.exports.App })); } go() { return this.kept.count(); } }
export class Sockets extends DurableObject {
  fetch() { const [a, b] = Object.values(new WebSocketPair()); this.ctx.acceptWebSocket(b); return new Response(null, { status: 101, webSocket: a }); }
  webSocketMessage(ws, text) { ws.send("echo:" + text); }
}
export class NoFetch extends DurableObject { hello() { return "hi"; } }
export class Plain { fetch() { return new Response("plain"); } hello() { return 1; } }
export class BadCtor extends DurableObject { constructor(ctx, env) { super(ctx, env); throw new RangeError("bad ctor"); } hello() {} }
export class BadBlock extends DurableObject { constructor(ctx, env) { super(ctx, env); ctx.blockConcurrencyWhile(async () => { throw new RangeError("bad block"); }); } hello() { return 1; } }
export class Entry extends WorkerEntrypoint {}
`;

const worker = (me, id = "app") => me.env.LOADER.get(id, () => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": CODE }, globalOutbound: null }));
const get = (me, name = "f", cls = "App", options = {}) => me.ctx.facets.get(name, () => ({ class: worker(me).getDurableObjectClass(cls, options.props && { props: options.props }), ...("id" in options && { id: options.id }) }));
const own = (e) => Object.fromEntries(Object.keys(e).filter((k) => k !== "durableObjectId" && k !== "stack").map((k) => [k, e[k]]));

export const facts = {
  F1: (me) => methods(me.ctx.facets),
  F2: async (me) => await get(me).nested("x"),
  F3: async (me) => { let calls = 0; const f = me.ctx.facets.get("lazy", () => { calls++; return { class: worker(me).getDurableObjectClass("App") }; }); await sleep(5); const before = calls; await f.count(); return [before, calls]; },
  F4: async (me) => { const f = get(me); return [Object.prototype.toString.call(f), typeof f.fetch, typeof f.id, typeof f.name]; },
  F5: (me) => [typeof get(me).then, typeof get(me).catch],
  F6: async (me) => { let calls = 0; const f = () => me.ctx.facets.get("race", async () => { calls++; await sleep(5); return { class: worker(me).getDurableObjectClass("App") }; }); return [(await Promise.all([f().count(), f().count(), f().count()])).sort(), calls]; },
  F7: async (me) => { const a = await get(me).remember(); let called = 0; const b = await me.ctx.facets.get("f", () => { called++; return { class: worker(me).getDurableObjectClass("NoFetch") }; }).remember(); return [a, b, called]; },
  F8: async (me) => [await me.ctx.facets.get("a", () => ({ class: worker(me).getDurableObjectClass("App") })).count(), await me.ctx.facets.get("b", async () => { await sleep(1); return { class: worker(me).getDurableObjectClass("App") }; }).count()],
  F9: async (me) => { const a = get(me), b = get(me); return [await a.count(), await b.count(), await a.remember(), await b.remember()]; },
  F10: async (me) => [await thrown(() => me.ctx.facets.get("x")), await thrown(() => me.ctx.facets.get("x", 5)), await thrown(() => me.ctx.facets.get("x", {}))],
  F11: async (me) => [await get(me, "p", "CtorParent").go(), await get(me, "p", "CtorParent").go()],
  F12: async (me) => [await thrown(() => get(me).fetch("/y")), await (await get(me).fetch("http://h/y")).text(), await (await get(me).fetch(new Request("http://h/z", { method: "PUT" }))).text()],
  F13: async (me) => [await get(me).count(), await (await get(me, "s", "Streams").fetch("http://h/")).text()],
  F14: async (me) => { const r = await get(me, "a", "Answers").fetch("http://h/", { method: "POST", body: "the body" }); return [r.status, r.headers.get("x-one"), r.headers.getSetCookie(), await r.text()]; },
  F15: async (me) => [await me.ctx.blockConcurrencyWhile(async () => await get(me).count()), await me.ctx.storage.transaction(async () => await get(me).count())],
  F16: async (me) => { const e = await thrown(() => me.ctx.storage.transaction(async (txn) => { await get(me).count(); await txn.put("mine", 1); throw new RangeError("roll back"); })); return [e, await get(me).stored(), await me.ctx.storage.get("mine")]; },
  F17: [
    async (me) => { globalThis.keptStub = get(me); return await globalThis.keptStub.count(); },
    async (me) => await kind(() => me.ctx.exports.Waker.getByName("F17").useKept()),
  ],
  F18: async (me) => { const a = get(me).slow(40, "a"); const b = await get(me, "g").count(); return [b, await a]; },
  F19: async (me) => { const f = get(me); await f.count(); const order = []; const note = (mark) => order.push(mark); await Promise.all([f.slow(500, 1).then(note), f.slow(1, 2).then(note)]); return order[0] === 2; },
  F20: async (me) => { const f = get(me); await f.count(); const t = Date.now(); await Promise.all([f.locked(60), f.locked(60)]); return Date.now() - t >= 118; },
  F21: async (me) => { const long = "x".repeat(257), ok = "x".repeat(256), f = me.ctx.facets; return [await thrown(() => f.get(long, () => 1)), await thrown(() => f.abort(long, new Error("r"))), await thrown(() => f.delete(long)), await thrown(() => f.clone(long, "a")), await thrown(() => f.clone("a", long)), await get(me, ok).count()]; },
  F22: async (me) => [await thrown(() => get(me, "é".repeat(129)).count()), await get(me, "é".repeat(128)).count()],
  F23: async (me) => [await kind(() => me.ctx.facets.abort("", new Error("r"))), await kind(() => get(me, "").count())],
  F24: async (me) => { const list = []; for (const n of ["a/b", "..", "a\0b", "a", "😀", " ", "."]) list.push(await get(me, n).count()); return [list, await get(me, "a\0b").count(), await get(me, "a").count()]; },
  F25: async (me) => { await get(me, 5).count(); await get(me, undefined).count(); await get(me, {}).count(); return [await get(me, "5").count(), await get(me, "undefined").count(), await get(me, "[object Object]").count(), await kind(() => get(me, Symbol("s")))]; },
  F26: async (me) => [await get(me, "a").nested("same"), await get(me, "b").nested("same"), await get(me, "same").count()],
  F29: async (me) => { const e = await thrown(() => me.ctx.facets.get("u", () => undefined).count()); return e.name; },
  F30: async (me) => { const list = []; for (const [i, cls] of [class {}, "App", {}, undefined].entries()) list.push((await thrown(() => me.ctx.facets.get("c" + i, () => ({ class: cls })).count())).name); return list; },
  F31: async (me) => [await me.ctx.facets.get("a", () => ({ class: me.ctx.exports.Unstored })).count(), await me.ctx.facets.get("b", () => ({ class: me.ctx.exports.Unstored({ props: { p: 1 } }) })).about(), await get(me).count()],
  F32: async (me) => [await me.ctx.exports.Other.getByName("x").count(), await me.ctx.facets.get("o", () => ({ class: me.ctx.exports.Other })).count(), await me.ctx.facets.get("p", () => ({ class: me.ctx.exports.Other({ props: { q: 1 } }) })).about().then((a) => a[2])],
  F33: async (me) => await me.ctx.facets.get("x", () => ({ class: worker(me).getDurableObjectClass("App"), props: { ignored: 1 }, other: 1 })).props(),
  F34: async (me) => [await get(me).id(), (await get(me).idText()) === String(me.ctx.id), me.ctx.id.name],
  F35: async (me) => { const f = get(me, "s", "App", { id: "any string" }); return [await f.id(), await f.idText()]; },
  F36: async (me) => { const id = me.env.OTHER.idFromName("named"); const f = get(me, "s", "App", { id }); return [await f.id(), (await f.idText()) === String(id)]; },
  F37: async (me) => { const a = get(me, "a", "App", { id: 42 }), b = get(me, "b", "App", { id: null }); return [await a.id(), await a.idText(), await b.id(), await b.idText()]; },
  F38: async (me) => { await get(me, "x", "App", { id: "one" }).count(); me.ctx.facets.abort("x", new Error("again")); const f = get(me, "x", "App", { id: "two" }); return [await f.count(), await f.idText()]; },
  F39: async (me) => [await get(me, "a", "App", { props: { d: new Date(5), m: new Map([[1, 2]]) } }).props(), await get(me, "b").props()],
  F40: async (me) => [await thrown(() => me.ctx.facets.get("a", () => { throw new TypeError("sync"); }).count()), await thrown(() => me.ctx.facets.get("b", async () => { throw new RangeError("async"); }).count())],
  F41: async (me) => { const a = await thrown(() => me.ctx.facets.get("x", () => { throw new TypeError("first"); }).count()); const b = await thrown(() => get(me, "x").count()); me.ctx.facets.abort("x", new Error("clear")); return [a, b, await get(me, "x").count()]; },
  F42: async (me) => { const e = await thrown(() => get(me, "x", "BadCtor").hello()); return [e, await get(me, "x").count()]; },
  F43: async (me) => { const a = await thrown(() => get(me, "a", "BadCtor").hello()), b = await thrown(() => get(me, "b", "BadBlock").hello()); return [a, a.durableObjectReset, b, b.durableObjectReset]; },
  F44: async (me) => [await thrown(() => get(me, "a", "Nope").x()), await thrown(() => get(me, "b", "Entry").x()), await thrown(() => get(me, "c", undefined).x())],
  F45: async (me) => [await (await get(me, "p", "Plain").fetch("http://h/")).text(), await kind(() => get(me, "p", "Plain").hello())],
  F46: async (me) => [await thrown(() => get(me, "n", "NoFetch").fetch("http://h/")), await thrown(() => get(me, "n", "NoFetch").nope()), await get(me, "n", "NoFetch").hello()],
  F48: async (me) => { const e = await thrown(() => get(me).throwing("RangeError")); return [e, e instanceof RangeError, own(e), await thrown(() => get(me).throwing("TypeError")), await thrown(() => get(me).throwing("SyntaxError")), await thrown(() => get(me).throwing("URIError"))]; },
  F49: async (me) => { await get(me).count(); return Object.keys(await thrown(() => get(me).throwing("Error"))).sort(); },
  F50: async (me) => { const e = await thrown(() => get(me).custom()); return [e, e.constructor === Error, e.code, await thrown(() => get(me).plain()), await thrown(() => get(me).text())]; },
  F51: async (me) => { const f = get(me); await f.remember(); await kind(() => f.throwing("Error")); return await f.remember(); },
  F52: async (me) => { const f = get(me); await kind(() => f.putThrow()); const a = await f.stored(); await kind(() => f.putAwaitThrow()); return [a, await f.stored()]; },
  F53: async (me) => { const f = get(me); return [await f.reject(), await f.waiting(), await f.count()]; },
  F54: async (me) => { await get(me).throwing("TypeError"); },
  F55: async (me) => { await get(me).count(); return [me.ctx.facets.abort("f", new Error("r")), "returned"]; },
  F56: async (me) => { const f = get(me); await f.count(); const call = thrown(() => f.slow(5000, 1)); await sleep(30); me.ctx.facets.abort("f", new RangeError("stopped")); return await call; },
  F57: async (me) => { const f = get(me); await f.count(); await f.remember(); me.ctx.facets.abort("f", new RangeError("dead")); return [await thrown(() => f.count()), await thrown(() => f.fetch("http://h/")), await get(me).count(), await get(me).remember(), await thrown(() => f.count())]; },
  F58: async (me) => { const f = get(me); await f.count(); const call = thrown(() => f.count()); me.ctx.facets.abort("f", new RangeError("queued")); return [await call, await get(me).stored()]; },
  F59: async (me) => { const reason = new RangeError("copied"); reason.extra = 1; const f = get(me); await f.count(); me.ctx.facets.abort("f", reason); const e = await thrown(() => f.count()); return [e === reason, e, e instanceof RangeError]; },
  F60: async (me) => { const list = []; for (const [i, reason] of ["text", 5, { a: 1 }, null].entries()) { const f = get(me, "r" + i); await f.count(); me.ctx.facets.abort("r" + i, reason); list.push(await f.count().then(() => "no error", (e) => show(e))); } return list; },
  F61: async (me) => await kind(() => me.ctx.facets.abort("f")),
  F62: async (me) => [me.ctx.facets.abort("never", new Error("r")), await get(me, "never").count()],
  F63: async (me) => { const f = get(me); await f.count(); me.ctx.facets.abort("f", new RangeError("r")); const e = await thrown(() => f.count()); return [e.durableObjectReset, e.remote]; },
  F64: async (me) => { await get(me).count(); me.ctx.facets.abort("f", new Error("new version")); return [await kind(() => get(me, "f", "NoFetch").count()), await get(me, "f", "NoFetch").hello()]; },
  F65: async (me) => { await get(me).nested("a", "b"); const inner = get(me); await inner.nested("a", "b"); me.ctx.facets.abort("f", new RangeError("all")); return [await thrown(() => inner.nested("a")), await get(me).nested("a", "b")]; },
  F66: async (me) => { const call = thrown(() => me.ctx.facets.get("f", async () => { await sleep(60); return { class: worker(me).getDurableObjectClass("App") }; }).count()); await sleep(20); me.ctx.facets.abort("f", new RangeError("while starting")); return [await call, await get(me).count()]; },
  F67: async (me) => { const f = get(me); await f.count(); return [await thrown(() => f.abortSelf()), await get(me).stored()]; },
  F68: async (me) => { const f = get(me); await f.count(); return [await kind(() => f.putSyncAbort()), await get(me).stored()]; },
  F69: [
    async (me) => { const f = get(me); await f.count(); return [await f.remember(), await f.remember()]; },
    (me) => { me.ctx.abort(new RangeError("the parent")); },
    async (me) => [await get(me).remember(), await get(me).count()],
  ],
  F70: async (me) => { const f = get(me); await f.count(); const e = await kind(() => f.abortCaught()); return [e, await get(me).stored()]; },
  F71: async (me) => { const f = get(me); await f.count(); const call = thrown(() => f.slow(5000, 1)); await sleep(30); const r = me.ctx.facets.delete("f"); return [r, await call, await thrown(() => f.count())]; },
  F72: async (me) => { await get(me).count(); await get(me).count(); me.ctx.facets.delete("f"); return await get(me).count(); },
  F73: async (me) => { await get(me).nested("a"); await get(me).nested("a"); me.ctx.facets.delete("f"); return await get(me).nested("a"); },
  F74: (me) => me.ctx.facets.delete("never was"),
  F75: async (me) => { const f = get(me); await f.nested("a"); await f.nested("a"); await f.nestedDo("clone", "a", "b"); const cloned = await f.nested("b"); await f.nestedDo("abort", "a"); const kept = await f.nested("a"); await f.nestedDo("delete", "a"); return [cloned, kept, await f.nested("a"), await kind(() => f.deleteAll())]; },
  F76: async (me) => { await get(me, "src").nested("in"); await get(me, "src").nested("in"); const old = get(me, "dst"); await old.count(); const r = me.ctx.facets.clone("src", "dst"); return [r, await thrown(() => old.count()), await get(me, "dst").nested("in")]; },
  // The pause: what the page says about calls right after clone() depends on timing.
  F77: async (me) => { const src = get(me, "src"); await src.count(); await src.remember(); me.ctx.facets.clone("src", "dst"); await sleep(100); return [await src.remember(), await src.count(), await get(me, "dst").count(), await get(me, "dst").count(), await src.count()]; },
  F78: async (me) => { await get(me, "dst").count(); me.ctx.facets.clone("never", "dst"); return await get(me, "dst").count(); },
  F79: async (me) => { const f = get(me); await f.count(); await f.remember(); me.ctx.facets.clone("f", "f"); return [await kind(() => f.count()), await get(me).remember(), await get(me).count()]; },
  F83: async (me) => { const f = get(me); await f.count(); await me.ctx.storage.deleteAll(); return [await thrown(() => f.count()), await get(me).count()]; },
  F84: async (me) => [await get(me).nested("a", "b"), await thrown(() => get(me).nested("a", "b", "c"))],
  F85: async (me) => { const f = get(me); return [await kind(() => me.ctx.storage.kv.put("k", f)), await kind(() => structuredClone(f)), await kind(() => get(me, "g").nested(f)), await thrown(() => get(me, "g").props(f))]; },
  F86: async (me) => [await kind(() => get(me).props(worker(me).getDurableObjectClass("App"))), await kind(() => me.ctx.storage.kv.put("k", worker(me).getDurableObjectClass("App"))), await kind(() => get(me).props(worker(me).getEntrypoint("Entry")))],
  F87: async (me) => {
    const w = me.env.LOADER.load({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": `import { DurableObject } from "cloudflare:workers"; export class Up extends DurableObject { go() { return this.ctx.facets.get("inner", () => ({ class: this.env.CLS })).about(); } }` }, env: { CLS: me.ctx.exports.Unstored({ props: { given: 1 } }) } });
    return (await me.ctx.facets.get("up", () => ({ class: w.getDurableObjectClass("Up") })).go())[2];
  },
  F88: async (me) => typeof me.ctx.restore,
  F90: async (me) => await get(me).exports(),
  F91: async (me) => { const have = await get(me).ctxKeys(); return ["facets", "storage", "id", "props", "exports", "waitUntil", "blockConcurrencyWhile", "acceptWebSocket", "getWebSockets", "abort", "restore", "version", "primaryStub"].map((k) => k + ":" + have.includes(k)).join(" "); },
  F92: async (me) => { let calls = 0; const f = () => me.ctx.facets.get("idle", () => { calls++; return { class: worker(me).getDurableObjectClass("App") }; }); await f().remember(); const before = await f().remember(); await sleep(13_000); return [before, await f().remember(), calls]; },
  F93: async (me) => { const list = []; const f = (mark, cls) => me.ctx.facets.get("rests", () => { list.push(mark); return { class: worker(me).getDurableObjectClass(cls) }; }); await f("first", "App").count(); await sleep(13_000); return [await f("again", "NoFetch").count(), list]; },
  F97: async (me) => {
    const r = await get(me, "ws", "Sockets").fetch("http://h/", { headers: { Upgrade: "websocket" } });
    r.webSocket.accept();
    const answer = new Promise((done) => r.webSocket.addEventListener("message", (e) => done(e.data)));
    r.webSocket.send("yo");
    return [r.status, await answer];
  },
  F98: async (me) => { const f = get(me); return [await thrown(() => f.alarm()), await f.getAlarm(), await kind(() => f.deleteAlarm()), await f.count()]; },
  F99: async (me) => [await kind(() => me.ctx.storage.setAlarm(Date.now() + 600_000)), await kind(() => me.ctx.storage.deleteAlarm())],
  F100: async (me) => { await get(me).remember(); me.ctx.facets.abort("f", new Error("again")); return [await get(me).remember(), (await get(me).boots()) > 1]; },
};

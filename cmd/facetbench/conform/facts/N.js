// The modules and globals of Node.js, with the flag nodejs_compat.
import { kind, show, sleep, thrown } from "./show.js";
import assert from "node:assert";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { Buffer as B, isAscii, isUtf8 } from "node:buffer";
import crypto, { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import EventEmitter, { getEventListeners, on, once } from "node:events";
import path from "node:path";
import process, { env as processEnv } from "node:process";
import querystring from "node:querystring";
import { PassThrough, Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as after } from "node:timers/promises";
import url from "node:url";
import util from "node:util";

const code = async (f) => { try { await f(); return "no error"; } catch (e) { return [e.name, e.code]; } };

export const facts = {
  N1: [
    () => ["Buffer", "process", "global", "setImmediate", "clearImmediate"].map((n) => [n, typeof globalThis[n]]),
    () => [global === globalThis, Buffer === B, process === globalThis.process, typeof __dirname],
    () => [processEnv.TEXT, processEnv.JSON, Object.keys(process.env).sort(), process.platform, process.arch, process.cwd(), typeof process.version, Object.prototype.toString.call(process)],
    async () => { const order = []; process.nextTick((x) => order.push(x), "tick"); Promise.resolve().then(() => order.push("promise")); setImmediate((x) => order.push(x), "immediate"); order.push("now"); await sleep(20); return order; },
    () => { const a = process.hrtime(), b = process.hrtime(a); return [a.length, b[0] >= 0, typeof process.hrtime.bigint(), process.uptime() >= 0]; },
  ],
  N2: [
    () => [B.from("héllo").toString("hex"), B.from("68c3a9", "hex").toString(), B.from("aGk_-w", "base64url").toString("hex"), B.from([0xfb, 0xff]).toString("base64url"), B.from([0xfb, 0xff]).toString("base64")],
    () => [B.alloc(3, 1), B.allocUnsafe(2).length, B.concat([B.from("a"), B.from("b")], 3).toString("latin1"), B.byteLength("é"), B.isBuffer(new Uint8Array(1)), B.compare(B.from("a"), B.from("b"))].map(String),
    () => { const b = B.alloc(16); b.writeUInt32BE(0xdeadbeef, 0); b.writeInt16LE(-2, 4); b.writeDoubleBE(1.5, 6); return [b.toString("hex"), b.readUInt32BE(0), b.readInt16LE(4), b.readDoubleBE(6), b.readUint8(0), b.readBigUInt64BE(0)]; },
    () => { const b = B.from("hello world"); const s = b.subarray(0, 5); s[0] = 72; return [b.toString(), b.slice(6).toString(), b.indexOf("world"), b.includes("zz"), b.equals(B.from("Hello world")), b.lastIndexOf("o"), JSON.stringify(B.from("a")), b.toString("utf8", 1, 3)]; },
    async () => [await code(() => B.from(5)), await code(() => B.alloc(-1)), await kind(() => B.alloc(2).readUInt32LE(0)), await code(() => B.from("a").toString("nope")), B.isEncoding("base64url"), B.isEncoding("x")],
    () => [B.from("abc").swap16 !== undefined, [...B.from("ab").entries()], B.from("ab") instanceof Uint8Array, isAscii(B.from("é")), isUtf8(B.from([0xff])), B.from("zz", "hex").length, B.from("ÿ", "latin1")[0], B.from("ab", "utf16le").length],
    () => [B.from("a=b", "ascii").fill("xy").toString(), B.alloc(5, "YWI", "base64").toString(), B.from(B.from("copy")).toString(), B.from(new Uint8Array([1, 2]).buffer).length, B.from({ type: "Buffer", data: [1, 2] }).length],
  ],
  N3: [
    () => { const e = new EventEmitter(), log = []; e.on("a", (x) => log.push("on" + x)); e.once("a", (x) => log.push("once" + x)); e.prependListener("a", () => log.push("first")); return [e.emit("a", 1), e.emit("a", 2), e.emit("b"), log, e.listenerCount("a"), e.eventNames()]; },
    async () => { const e = new EventEmitter(); return [await thrown(() => e.emit("error", new Error("boom"))), await code(() => e.emit("error", 5)), await code(() => e.on("x", 5))]; },
    async () => { const e = new EventEmitter(); setTimeout(() => e.emit("go", 1, 2), 5); return [await once(e, "go"), getEventListeners(e, "go").length, e.getMaxListeners(), EventEmitter.defaultMaxListeners]; },
    async () => { const e = new EventEmitter(); setTimeout(() => { e.emit("n", 1); e.emit("n", 2); e.emit("n", 3); }, 5); const got = []; for await (const [n] of on(e, "n")) { got.push(n); if (n === 3) break; } return [got, e.listenerCount("n")]; },
    () => { const e = new EventEmitter(); const f = () => {}; e.on("x", f); e.off("x", f); e.once("y", f); return [e.listenerCount("x"), e.listeners("y")[0] === f, e.rawListeners("y")[0] === f, e.removeAllListeners() === e, e.eventNames(), class extends EventEmitter {}.name]; },
  ],
  N4: [
    () => [util.format("%s %d %i %j %o %%", "a", 1.5, 2.7, { a: 1 }, [1]), util.format("x", { a: [1, { b: 2 }] }), util.inspect({ a: { b: { c: { d: 1 } } }, m: new Map([[1, 2]]), s: "t" })],
    () => [util.inspect(new (class Foo { x = 1; })()), util.inspect([undefined, null, -0, 1n, Symbol("s")]), util.inspect("a'b"), util.inspect(new Set([1])), util.inspect({ get a() { return 1; } }), util.inspect([1, 2, 3], { compact: false })],
    async () => { const f = util.promisify((x, done) => done(x < 0 ? new Error("neg") : null, x * 2)); return [await f(2), await thrown(() => f(-1)), await new Promise((r) => util.callbackify(async (x) => x + 1)(1, (e, v) => r([e, v])))]; },
    () => [util.isDeepStrictEqual({ a: [1, new Date(0)] }, { a: [1, new Date(0)] }), util.isDeepStrictEqual([1], ["1"]), util.types.isDate(new Date()), util.types.isPromise(Promise.resolve()), util.types.isRegExp(/a/), util.types.isTypedArray(new Uint8Array()), util.stripVTControlCharacters("\u001b[31mred\u001b[0m"), util.toUSVString("a\ud800")],
    () => { function A() {} function C() {} util.inherits(C, A); return [new C() instanceof A, util.deprecate(() => 5, "old")(), util.isArray([]), new util.TextEncoder().encode("é").length, typeof util.debuglog("x")]; },
  ],
  N5: [
    () => [path.join("/a", "..", "b", "./c.txt"), path.resolve("/x", "y", "../z"), path.basename("/q/w.html", ".html"), path.extname("a.b.c"), path.dirname("/a/b/c"), path.normalize("/a//b/../c/."), path.isAbsolute("a"), path.relative("/a/b/c", "/a/d"), path.parse("/home/u/f.txt"), path.format({ dir: "/d", base: "b" }), path.sep, path.delimiter],
    () => [url.fileURLToPath("file:///a/b%20c"), String(url.pathToFileURL("/a b")), Object.entries(url.parse("http://u:p@h:8080/p/a?q=1#f")).filter(([, v]) => typeof v !== "function").sort(), url.resolve("/one/two", "three"), url.format({ protocol: "https", hostname: "h", pathname: "/p", query: { a: 1 } }), url.domainToASCII("español.com"), url.URL === URL],
    () => [querystring.parse("a=1&b=2&a=3&c=%20x"), querystring.stringify({ a: [1, 2], b: "é x", c: true }), querystring.escape("a b&"), querystring.unescape("%41")],
    () => { const d = new StringDecoder("utf8"); return [d.write(B.from([0xe2, 0x82])), d.write(B.from([0xac])), d.end(B.from([0xe2])), new StringDecoder("base64").write(B.from("abcd"))]; },
  ],
  N6: [
    async () => [await code(() => assert(false, "no")), await code(() => assert.strictEqual(1, 2)), await code(() => assert.deepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })), await code(() => assert.throws(() => { throw new TypeError("x"); }, TypeError)), await code(() => assert.rejects(Promise.resolve(1)))],
    async () => { try { assert.strictEqual(1, 2, "one is not two"); } catch (e) { return [e.message, e.actual, e.expected, e.operator, e.generatedMessage, e instanceof assert.AssertionError, e instanceof Error]; } },
    async () => [await code(() => assert.deepEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]]))), await code(() => assert.notStrictEqual(1, 1)), await code(() => assert.match("abc", /b/)), await code(() => assert.ok(0)), await code(() => assert.ifError(null)), await code(() => assert.fail("f"))],
  ],
  N7: [
    async () => { const out = []; await pipeline(Readable.from(["a", "b", "c"]), new Transform({ transform(chunk, _e, done) { done(null, String(chunk).toUpperCase()); } }), new Writable({ write(chunk, _e, done) { out.push(String(chunk)); done(); } })); return out; },
    async () => { const p = new PassThrough(); p.write("x"); p.end("y"); const got = []; for await (const c of p) got.push(String(c)); return got; },
    async () => thrown(() => pipeline(Readable.from((function* () { yield "a"; throw new Error("source"); })()), new PassThrough(), new Writable({ write(c, e, d) { d(); } }))),
    async () => { const r = new Readable({ read() {} }); r.push("hello"); r.push(null); r.setEncoding("utf8"); let s = ""; r.on("data", (d) => (s += d)); await new Promise((done) => r.on("end", done)); return [s, r.readableEnded, r.destroyed]; },
    async () => { const w = new Writable({ highWaterMark: 3, write(c, e, d) { setTimeout(d, 1); } }); const full = w.write("abcd"); await new Promise((done) => w.once("drain", done)); w.end(); await new Promise((done) => w.once("finish", done)); return [full, w.writableEnded, w.writableFinished]; },
    async () => { const r = Readable.fromWeb(new Response("from the web").body); let s = ""; for await (const c of r) s += c; return [s, await new Response(Readable.toWeb(Readable.from([B.from("to"), B.from("web")]))).text()]; },
  ],
  N8: [
    () => ["md5", "sha1", "sha256", "sha384", "sha512"].map((a) => createHash(a).update("a").update(B.from("b")).digest("hex")),
    () => [createHmac("sha256", "key").update("data").digest("base64"), createHmac("md5", B.from("k")).update("é").digest("base64url"), crypto.createHash("sha256").update("x").digest().length, crypto.hash("sha1", "abc")],
    async () => { const h = createHash("sha256").update("a"), c = h.copy(); c.update("b"); return [h.digest("hex").slice(0, 8), c.digest("hex").slice(0, 8), await code(() => h.digest()), (await code(() => createHash("nope")))[0]]; },
    async () => [randomBytes(8).length, B.isBuffer(randomBytes(2)), await new Promise((r) => randomBytes(4, (e, b) => r(b.length))), [...Array(50)].every(() => { const n = randomInt(3, 6); return n >= 3 && n < 6; }), crypto.randomUUID().length, crypto.randomFillSync(new Uint8Array(4)).length, (await code(() => randomBytes(-1)))[1]],
    async () => [timingSafeEqual(B.from("a"), B.from("a")), timingSafeEqual(B.from("a"), B.from("b")), await code(() => timingSafeEqual(B.from("a"), B.from("ab"))), typeof crypto.webcrypto.subtle.digest, crypto.getRandomValues(new Uint8Array(2)).length],
    async () => [crypto.pbkdf2Sync("pw", "salt", 1000, 32, "sha256").toString("hex"), await new Promise((r) => crypto.pbkdf2("pw", "salt", 2, 16, "sha512", (e, k) => r(k.toString("hex")))), B.from(crypto.hkdfSync("sha256", "key", "salt", "info", 20)).toString("hex"), crypto.scryptSync("pw", "salt", 16, { N: 16 }).toString("hex")],
  ],
  N9: [
    async () => { const a = new AsyncLocalStorage(); const seen = []; await a.run({ id: 1 }, async () => { seen.push(a.getStore().id); await sleep(1); seen.push(a.getStore().id); await Promise.all([1, 2].map(async (n) => { await null; seen.push(a.getStore().id + n); })); for await (const x of (async function* () { yield 1; await sleep(1); yield a.getStore().id; })()) seen.push(x); }); return [seen, a.getStore()]; },
    async () => { const a = new AsyncLocalStorage(), one = (n) => a.run(n, async () => { await sleep(3 - n); await null; return a.getStore(); }); return Promise.all([one(1), one(2), one(3)]); },
    async () => { const a = new AsyncLocalStorage(), got = []; a.run("t", () => { setTimeout(() => got.push(a.getStore()), 1); queueMicrotask(() => got.push(a.getStore())); process.nextTick(() => got.push(a.getStore())); Promise.reject(new Error("x")).catch(() => got.push(a.getStore())).finally(() => got.push(a.getStore())); }); await sleep(10); return got; },
    async () => { const a = new AsyncLocalStorage(), b = new AsyncLocalStorage(); const snap = a.run(1, () => AsyncLocalStorage.snapshot()); const bound = a.run(2, () => AsyncLocalStorage.bind(() => a.getStore())); return [b.run(5, () => a.run(6, () => [a.getStore(), b.getStore(), a.exit(() => a.getStore())])), snap(() => a.getStore()), bound(), await thrown(() => a.run(1, () => { throw new Error("out"); })), a.getStore()]; },
    async () => { const a = new AsyncLocalStorage(); const r = a.run("res", () => new AsyncResource("T")); const f = async () => { try { await Promise.reject(new Error("inner")); } catch (e) { return [e.message, a.getStore()]; } finally { await null; } }; return [r.runInAsyncScope(() => a.getStore()), await a.run("try", f), await code(() => a.enterWith(1)), await code(() => a.disable())]; },
    async () => { const a = new AsyncLocalStorage(); return a.run("then", () => new Promise((r) => setTimeout(r, 1)).then(() => a.getStore()).then((x) => [x, a.getStore()])); },
  ],
  N10: [
    async () => [(await import("node:crypto")).createHash("md5").update("a").digest("hex"), Object.keys((await import("cloudflare:workers")).env).sort()],
    async () => [await after(1, "v"), await thrown(() => after(1000, 1, { signal: AbortSignal.abort(new Error("stop")) }))],
    async (me) => kind(() => me.env.LOADER.get("n10", () => ({ compatibilityDate: "2026-04-16", compatibilityFlags: ["nodejs_compat"], mainModule: "w.js", modules: { "w.js": 'import { Buffer } from "node:buffer"; import { WorkerEntrypoint } from "cloudflare:workers"; export default class extends WorkerEntrypoint { hi() { return Buffer.from("hi").toString("hex") + typeof process.env; } }' } })).getEntrypoint().hi().then((x) => { if (x !== "6869object") throw new Error(x); })),
    async (me) => kind(() => me.env.LOADER.get("n10b", () => ({ compatibilityDate: "2026-04-16", mainModule: "w.js", modules: { "w.js": 'import { Buffer } from "node:buffer"; export default { async fetch() { return new Response(); } }' } })).getEntrypoint().fetch("http://h/")),
  ],
};

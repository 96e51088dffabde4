// The project around one group of facts: each fact runs in an object of its own,
// one request for each of its steps. GET / lists facts and their steps.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export { Callee } from "./callee.js";
import { facts } from "./facts.js";
import { show } from "./show.js";

const stepsOf = (fact) => [facts[fact]].flat();

export class Subject extends DurableObject {
  async fetch(request) {
    const [fact, step] = new URL(request.url).pathname.slice(1).split("/");
    try {
      return new Response(show(await stepsOf(fact)[Number(step)](this, request)));
    } catch (e) {
      if (fact === "F54") throw e; // is about what a client of the server sees
      return new Response("thrown: " + show(e));
    }
  }
  alarm() {}
  // For facts about callers.
  ping(...args) { return ["pong", ...args]; }
  fail(message) { throw new RangeError(message); }
  async slow(ms) { await new Promise((done) => setTimeout(done, ms)); return ms; }
}

// A class with a namespace beside Subject, and one without.
export class Other extends DurableObject {
  count() {
    const n = (this.ctx.storage.kv.get("n") ?? 0) + 1;
    this.ctx.storage.kv.put("n", n);
    return n;
  }
  about() { return [String(this.ctx.id), this.ctx.id.name, this.ctx.props]; }
}
export class Unstored extends DurableObject {
  count() { return Other.prototype.count.call(this); }
  about() { return [typeof this.ctx.id, this.ctx.id.name, this.ctx.props]; }
}
export class Service extends WorkerEntrypoint {
  fetch(request) { return new Response("service " + new URL(request.url).pathname + " " + show(this.ctx.props)); }
  add(a, b) { return a + b; }
}

// Tells what it was asked.
export class Told extends WorkerEntrypoint {
  async fetch(request) { return new Response(show([request.method, request.url, request.headers.get("x-a"), await request.text(), this.ctx.props])); }
}

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/") return Response.json(Object.fromEntries(Object.keys(facts).map((f) => [f, stepsOf(f).length])));
    try {
      return await ctx.exports.Subject.getByName(url.pathname.split("/")[1]).fetch(request);
    } catch (e) {
      if (url.pathname.startsWith("/F54/")) throw e;
      return new Response("call failed: " + show(e));
    }
  },
};

// Is told of the calls of loaded workers.
export class Tail extends WorkerEntrypoint {
  async tail(events) {
    const plain = events.map((e) => ({
      keys: ["outcome", "event", "logs", "exceptions", "scriptName", "eventTimestamp"].filter((k) => k in e), outcome: e.outcome,
      method: e.event.rpcMethod, url: e.event.request?.url, headers: e.event.request?.headers, status: e.event.response?.status,
      logs: e.logs.map((l) => [l.level, l.message]), exceptions: e.exceptions.map((x) => [x.name, x.message]),
    }));
    await this.ctx.exports.Waker.getByName(this.ctx.props.name).record(plain);
  }
}

// Whose alarm does what its storage says.
export class Waker extends DurableObject {
  async alarm(info) {
    const { storage } = this.ctx, mode = storage.kv.get("mode");
    const late = Date.now() - info.scheduledTime;
    const log = storage.kv.get("log") ?? [];
    log.push([mode, Object.keys(info).sort(), info.retryCount, info.isRetry, late >= 0 && late < 60_000, await storage.getAlarm()]);
    storage.kv.put("log", log);
    if (mode === "fail" && info.retryCount === 0) throw new Error("the alarm fails");
    if (mode === "delete") { await storage.deleteAlarm(); throw new Error("not again"); }
    if (mode === "again") { storage.kv.put("mode", "twice"); await storage.setAlarm(Date.now() + 20); }
    if (mode === "again, fail") { storage.kv.put("mode", "twice"); await storage.setAlarm(Date.now() + 20); throw new Error("set, then failed"); }
    if (mode === "late") { await new Promise((done) => setTimeout(done, 50)); storage.kv.put("log", [...log, await storage.getAlarm()]); }
  }
  async set(mode, ms) { this.ctx.storage.kv.put("mode", mode); return await this.ctx.storage.setAlarm(Date.now() + ms); }
  async seen() { return [this.ctx.storage.kv.get("log"), await this.ctx.storage.getAlarm()]; }
  useKept() { return globalThis.keptStub.count(); }
  record(events) { (this.told ??= []).push(...events); }
  async recorded(n) { for (let i = 0; i < 100 && !(this.told?.length >= n); i++) await new Promise((done) => setTimeout(done, 20)); return this.told; }
  cancel() { return this.ctx.storage.deleteAlarm(); }
  async ruled() {
    const s = this.ctx.storage, list = [];
    const tell = async (f) => { try { return [await f()]; } catch (e) { return e; } };
    for (const v of [0, -1, NaN, Infinity, "soon", null, undefined, {}, new Date(NaN), 1e18]) list.push(await tell(() => s.setAlarm(v)));
    const set = async (v) => { await s.setAlarm(v); const at = await s.getAlarm(); return [typeof at, Number.isInteger(at), Math.round((at - Date.now()) / 1000)]; };
    list.push(await set(Date.now() + 60_000.7), await set(new Date(Date.now() + 90_000)));
    list.push(await s.deleteAlarm(), await s.getAlarm());
    return list;
  }
  async transacted() {
    const s = this.ctx.storage, near = async () => { const at = await s.getAlarm(); return at === null ? null : Math.round((at - Date.now()) / 100_000); };
    await s.setAlarm(Date.now() + 500_000);
    const list = [await near()];
    await s.transaction(async (txn) => { await txn.setAlarm(Date.now() + 900_000); list.push((await txn.getAlarm()) > Date.now() + 800_000); await txn.deleteAlarm(); list.push(await txn.getAlarm()); txn.rollback(); });
    list.push(await near());
    try { s.transactionSync(() => { s.setAlarm(Date.now() + 900_000); throw new Error("back"); }); } catch { list.push(await near()); }
    await s.transaction(async (txn) => { await txn.setAlarm(Date.now() + 900_000); });
    list.push(await near());
    await s.deleteAll();
    return [...list, await near()];
  }
}
export class Sleeper extends DurableObject { set() { return this.ctx.storage.setAlarm(Date.now() + 1000); } }

import { kind, methods, show, sleep, thrown } from "./show.js";

const keys = async (s, o) => [...(await s.list(o)).keys()];
const run = (f) => (me, request) => f(me.ctx.storage, me, request);

// What an object saw of its alarm, once it has seen so much.
async function alarmed(me, name, mode, ms, n) {
  const o = me.ctx.exports.Waker.getByName(name);
  await o.set(mode, ms);
  for (let i = 0; i < 200; i++) {
    const seen = await o.seen();
    if (seen[0]?.length >= n) { await sleep(20); return await o.seen(); }
    await sleep(50);
  }
  return "never";
}

export const facts = {
  T1: [
    run(async (s) => { s.put("a", 1); s.put("b", 2); s.kv.put("c", 3); s.sql.exec("create table t(x)"); return await keys(s); }),
    run(async (s) => [await keys(s), s.sql.exec("select count(*) as n from t").one()]),
  ],
  T4: [run(async (s) => { await s.put("a", 1); return "written"; }), run(async (s) => [await s.get("a"), s.kv.get("a")])],
  T7: [
    run((s) => { s.sql.exec("create table p(id primary key); create table c(p references p(id) deferrable initially deferred)"); return "made"; }),
    run((s) => { s.sql.exec("insert into c values (7)"); return "violated"; }),
    run((s) => s.sql.exec("select count(*) as n from c").one()),
  ],
  T9: run(async (s) => {
    s.kv.put("a", 1);
    const value = s.transactionSync(() => { s.kv.put("a", 2); return "v"; });
    const error = await thrown(() => s.transactionSync(() => { s.kv.put("a", 3); throw new RangeError("no"); }));
    s.transactionSync(() => { s.kv.put("b", 1); try { s.transactionSync(() => { s.kv.put("b", 2); s.kv.put("c", 2); throw 1; }); } catch {} s.kv.put("d", 1); });
    const promise = s.transactionSync(() => Promise.resolve(5));
    return [value, error, s.kv.get("a"), s.kv.get("b"), s.kv.get("c"), s.kv.get("d"), promise instanceof Promise, await promise];
  }),
  T10: run(async (s) => {
    await s.put("a", 1);
    const value = await s.transaction(async (txn) => { await txn.put("a", 2); await s.put("b", 2); return "v"; });
    const error = await thrown(() => s.transaction(async (txn) => { await txn.put("a", 3); s.kv.put("b", 3); throw new RangeError("no"); }));
    await s.transaction(async (txn) => { await txn.put("a", 4); txn.rollback(); });
    return [value, error, await s.get("a"), await s.get("b")];
  }),
  T11: run((s) => s.transaction(async (txn) => [methods(txn).filter((n) => !/alarm/i.test(n)), typeof txn.sql, typeof txn.kv])),
  T12: run(async (s) => {
    let kept;
    const rolled = await s.transaction(async (txn) => { txn.rollback(); return await thrown(() => txn.put("a", 1)); });
    await s.transaction(async (txn) => { kept = txn; await txn.put("a", 1); });
    return [rolled, await thrown(() => kept.put("a", 2))];
  }),
  T13: run(async (s) => [await thrown(() => s.transaction(async (txn) => { await txn.deleteAll(); })), await thrown(() => s.transaction(async () => { await s.deleteAll(); }))]),
  T14: run(async (s) => [await thrown(() => s.put("a", undefined)), await s.put({ x: 1, y: undefined }), await keys(s)]),
  T15: run(async (s) => { await s.put({ b: 2, a: 1, c: 3 }); return [await s.get(["c", "a", "zz"]), await s.delete(["a", "zz", "b"]), await s.delete("c"), await s.delete("c"), await keys(s)]; }),
  T16: run(async (s) => {
    await s.put({ a: 1, b: 2, ba: 3, bb: 4, c: 5 });
    return [await s.list(), await keys(s, { start: "b", end: "c" }), await keys(s, { startAfter: "b", limit: 2 }), await keys(s, { prefix: "b", reverse: true }), await keys(s, { limit: 1, allowConcurrency: true, noCache: true }), await kind(() => s.list({ limit: 0 }))];
  }),
  T17: [run(async (s) => [s.put("a", 1, { allowUnconfirmed: true }) instanceof Promise, await s.sync(), await s.get("a")]), run((s) => s.get("a"))],
  T18: run(async (s) => { s.kv.put("a", 1); return [await s.sync(), s.kv.get("a")]; }),
  T19: [
    run(async (s) => { s.kv.put("a", 1); s.sql.exec("create table t(x)"); const r = await s.deleteAll(); return [r, await keys(s), await kind(() => s.sql.exec("select * from t"))]; }),
    run(async (s) => { s.kv.put("b", 1); return await keys(s); }),
  ],
  T20: run(async (s) => [/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-/.test(await s.getCurrentBookmark()), await thrown(() => s.getBookmarkForTime(0)), await thrown(() => s.onNextSessionRestoreBookmark("x"))]),
  T21: [
    run(async (s, me) => {
      const order = [];
      const a = me.ctx.blockConcurrencyWhile(async () => { await sleep(5); order.push("a"); return 1; });
      const b = me.ctx.blockConcurrencyWhile(async () => { order.push("b"); return 2; });
      const c = me.ctx.blockConcurrencyWhile(async () => {
        order.push("c");
        await me.ctx.blockConcurrencyWhile(async () => { await sleep(2); order.push("inside c"); });
        order.push("end of c");
      });
      const d = me.ctx.blockConcurrencyWhile(async () => { await sleep(1); order.push("d"); });
      return [await a, await b, await c, await d, order];
    }),
    run(async (s, me) => { me.mark = 1; await me.ctx.blockConcurrencyWhile(async () => { throw new RangeError("inside"); }); }),
    run((s, me) => show(me.mark)),
  ],
  T23: [
    run(async (s, me) => await me.ctx.exports.Waker.getByName("T23").ruled()),
    run(async (s, me) => await me.ctx.exports.Waker.getByName("T23 in transactions").transacted()),
    run(async (s, me) => [await kind(() => me.ctx.exports.Waker.getByName("T23").alarm()), await thrown(() => me.ctx.exports.Sleeper.getByName("T23").set())]),
    run(async (s, me) => await alarmed(me, "T23 past", "past", -5000, 1)),
    run(async (s, me) => await alarmed(me, "T23 late", "late", 10, 2)),
  ],
  T24: [
    run(async (s, me) => await alarmed(me, "T24", "fail", 10, 2)),
    run(async (s, me) => await alarmed(me, "T24 again", "again", 10, 2)),
    run(async (s, me) => await alarmed(me, "T24 again, fail", "again, fail", 10, 2)),
  ],
  T25: run(async (s, me) => { const list = await alarmed(me, "T25", "delete", 10, 1); await sleep(4000); const o = me.ctx.exports.Waker.getByName("T25"); await o.set("queued", 2000); await o.cancel(); await sleep(2500); return [list, await o.seen()]; }),
  T22: run((s, me) => [me.ctx.waitUntil(sleep(1)), me.ctx.waitUntil(Promise.resolve())]),
};

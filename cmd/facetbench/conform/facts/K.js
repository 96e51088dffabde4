import { kind, methods, thrown } from "./show.js";

const keys = (kv, options) => [...kv.list(options)].map(([k]) => k);
function fill(kv, ...names) { for (const n of names) kv.put(n, n); }

export const facts = {
  K1: ({ ctx }) => [methods(ctx.storage.kv), ctx.storage.kv.put("a", 1), ctx.storage.kv.get("a")],
  K2: ({ ctx: { storage: { kv } } }) => [kv.get("none"), kv.put("u", undefined), kv.get("u"), keys(kv)],
  K3: ({ ctx: { storage: { kv } } }) => {
    const cycle = { a: 1 };
    cycle.self = cycle;
    const values = [new Map([[1, { b: [] }]]), new Set(["x"]), new Date(5), 12345678901234567890n, /a+/gi, cycle, new RangeError("r"), new Float64Array([1, 2]), [1, , 3], -0, NaN, null, true, "é\u0000"];
    return values.map((v, i) => { kv.put("k" + i, v); return kv.get("k" + i); });
  },
  K4: async ({ ctx: { storage: { kv } } }) => {
    class Point { x = 1; }
    kv.put("p", new Point());
    return [await kind(() => kv.put("f", () => 1)), await kind(() => kv.put("s", Symbol("s"))), Object.getPrototypeOf(kv.get("p")) === Object.prototype, kv.get("p")];
  },
  K5: ({ ctx: { storage: { kv } } }) => {
    const o = { a: 1 };
    kv.put("o", o);
    o.a = 2;
    const got = kv.get("o");
    got.a = 3;
    return [kv.get("o"), kv.get("o") === kv.get("o")];
  },
  K6: ({ ctx: { storage: { kv } } }) => { kv.put("v", new Uint8Array([1, 2, 3]).subarray(1)); return [[...kv.get("v")], kv.get("v")]; },
  K7: async ({ ctx: { storage: { kv } } }) => {
    kv.put(5, "number"); kv.put("", "empty"); kv.put("a\0b", "nul"); kv.put("\ud800x", "lone"); kv.put("a", "plain");
    return [keys(kv), kv.get("5"), kv.get(""), kv.get("a\0b"), await kind(() => kv.put())];
  },
  K8: async ({ ctx: { storage: { kv } } }) => {
    kv.put("ok", new Uint8Array(1 << 20));
    return [kv.get("ok").length, await thrown(() => kv.put("big", new Uint8Array(9_000_000)))];
  },
  K9: ({ ctx: { storage: { kv } } }) => { fill(kv, "a", "b", "a,b"); return [kv.delete("a"), kv.delete("a"), kv.delete(["a", "b"]), keys(kv)]; },
  K10: ({ ctx: { storage: { kv } } }) => {
    fill(kv, "a", "b", "ba", "bb", "c", "é", "\uffff", "😀");
    return [keys(kv), keys(kv, { start: "b", end: "c" }), keys(kv, { startAfter: "b", limit: 2 }), keys(kv, { prefix: "b", reverse: true }), keys(kv, { reverse: true, limit: 1 }), [...kv.list({ prefix: "c" })], typeof kv.list().next];
  },
  K11: async ({ ctx: { storage: { kv } } }) => [await thrown(() => kv.list({ limit: 0 })), await thrown(() => kv.list({ start: "a", startAfter: "a" })), await thrown(() => kv.list({ limit: -1 }))],
  K12: async ({ ctx: { storage: { kv } } }) => { fill(kv, "a", "b"); const first = kv.list(); first.next(); kv.list(); return await thrown(() => first.next()); },
  K13: ({ ctx: { storage: { kv } } }) => {
    fill(kv, "a", "c");
    const seen = [];
    for (const [k] of kv.list()) { seen.push(k); if (k === "a") kv.put("b", 1); }
    return seen;
  },
  K14: ({ ctx: { storage: { kv } } }) => {
    fill(kv, "a", "b1", "b2", "b3", "c");
    return [keys(kv, { prefix: "b", start: "b2" }), keys(kv, { prefix: "b", end: "b2" }), keys(kv, { start: "c", end: "a" }), keys(kv, { prefix: "b", start: "c" })];
  },
};

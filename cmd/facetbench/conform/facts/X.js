import { kind, thrown } from "./show.js";

export const facts = {
  X6: async (me) => [me.ctx.storage.sql.exec("SELECT 1 AS one").one(), await kind(() => me.ctx.storage.put("k", 1)), me.ctx.storage.kv.get("k")],
  X8: async () => { const begun = Date.now(); let n = 0; while (Date.now() === begun && n < 1e9) n++; return Date.now() > begun; },
  X9: async (me) => { const ns = me.env.OTHER, id = ns.newUniqueId(); return [await ns.get(id, { locationHint: "weur" }).count(), await ns.getByName("X9", { locationHint: "enam" }).count()]; },
  X10: async (me) => [await thrown(() => me.ctx.facets.get("x".repeat(257), () => 1)), (await thrown(() => me.ctx.facets.abort("é".repeat(129), new Error("r")))).name],
};

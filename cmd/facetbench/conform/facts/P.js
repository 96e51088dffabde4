import { kind } from "./show.js";

export const facts = {
  P8: async ({ ctx }) => {
    const deep = () => deep() + 1;
    const first = await kind(deep);
    ctx.storage.kv.put("k", 1);
    return [first, ctx.storage.kv.get("k")];
  },
};

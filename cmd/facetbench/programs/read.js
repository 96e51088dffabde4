import { DurableObject } from "cloudflare:workers";

export class App extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    if (ctx.storage.kv.get("n") === undefined) ctx.storage.kv.put("n", 1);
  }
  fetch(request) {
    return new Response(this.ctx.storage.kv.get("n") + "\n");
  }
}

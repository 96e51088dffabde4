import { DurableObject } from "cloudflare:workers";

export class App extends DurableObject {
  fetch() {
    const count = (this.ctx.storage.kv.get("count") ?? 0) + 1;
    this.ctx.storage.kv.put("count", count);
    return new Response(String(count));
  }
}

import { DurableObject } from "cloudflare:workers";

export class App extends DurableObject {
  fetch(request) {
    let counter = this.ctx.storage.kv.get("counter") || 0;
    ++counter;
    this.ctx.storage.kv.put("counter", counter);
    return new Response("You have made " + counter + " requests.\n");
  }
}

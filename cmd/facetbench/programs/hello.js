import { DurableObject } from "cloudflare:workers";

export class App extends DurableObject {
  fetch(request) {
    return new Response("Hello.\n");
  }
}

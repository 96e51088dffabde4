// Runs the code of a request's body as a worker that lives for that request, or
// one of its own by name.
import { WorkerEntrypoint } from "cloudflare:workers";
import greeter from "./greeter.worker";

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const url = new URL(request.url);
    if (request.method === "POST") {
      const worker = this.env.LOADER.load({
        compatibilityDate: "2026-04-01",
        mainModule: "posted.js",
        modules: { "posted.js": await request.text() },
        globalOutbound: null,
      });
      try {
        return await worker.getEntrypoint().fetch("http://posted/" + url.search);
      } catch (e) {
        return new Response(`${e.name}: ${e.message}\n`, { status: 422 });
      }
    }
    const worker = this.env.LOADER.get("greeter", () => ({
      compatibilityDate: "2026-04-01",
      mainModule: "greeter.js",
      modules: {
        "greeter.js": greeter,
        "words.json": { json: { hello: "Hello" } },
        "mark.txt": { text: "!" },
        "raw": { data: new Uint8Array([1, 2, 3]).buffer },
        "old.cjs": { cjs: "exports.shout = (s) => s.toUpperCase();" },
      },
      env: { SINCE: new Date(0) },
      globalOutbound: null,
    }));
    const name = url.searchParams.get("name") ?? "you";
    return new Response((await worker.getEntrypoint("Greeter", { props: { name } }).greet()) + "\n");
  }
}

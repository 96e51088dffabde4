import { DurableObject } from "cloudflare:workers";
// Code that a user or an agent wrote: to this worker it is only text. The rule
// for .js.txt in a real project would come from a database.
import visitorCode from "./visitor.js.txt";

interface Env {
  LOADER: any;
  GREETING: string;
}

/** Holds one app per workspace, keeps track of it, and lets nobody else near it. */
export class Workspace extends DurableObject {
  declare env: Env;

  async fetch(request: Request): Promise<Response> {
    const seen = (this.ctx.storage.kv.get("seen") ?? 0) + 1;
    this.ctx.storage.kv.put("seen", seen);
    const { pathname } = new URL(request.url);
    if (pathname === "/seen") return new Response(`${seen}\n`);
    if (pathname === "/reset") {
      this.ctx.facets.delete("visitor");
      return new Response("reset\n");
    }
    return await this.visitor().fetch(request);
  }

  visitor() {
    return this.ctx.facets.get("visitor", async () => {
      const worker = this.env.LOADER.get("visitor-1", async () => ({
        compatibilityDate: "2026-04-01",
        mainModule: "visitor.js",
        modules: { "visitor.js": visitorCode },
        env: { GREETING: this.env.GREETING },
        globalOutbound: null,
      }));
      return { class: worker.getDurableObjectClass("Visitor") };
    });
  }
}

export default {
  async fetch(request: Request, env: Env, ctx: any): Promise<Response> {
    return await ctx.exports.Workspace.getByName("main").fetch(request);
  },
};

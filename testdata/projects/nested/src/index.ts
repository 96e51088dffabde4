// Facets within facets, to the depth that there may be: /a/b counts in the facet b
// of the facet a of the root, and every level on the way counts too.
import { DurableObject } from "cloudflare:workers";

class Counting extends DurableObject {
  /** Adds one here and in the facets that the path names; returns all counts. */
  async count(path: string[]): Promise<number[]> {
    const n = ((this.ctx.storage.kv.get("n") as number | undefined) ?? 0) + 1;
    this.ctx.storage.kv.put("n", n);
    if (path.length === 0) return [n];
    return [n, ...(await this.child(path[0]).count(path.slice(1)))];
  }

  /** Does something to the facet that the path names. */
  async change(verb: string, path: string[], to?: string): Promise<string> {
    if (path.length > 1) return await this.child(path[0]).change(verb, path.slice(1), to);
    const facets = (this.ctx as any).facets;
    if (verb === "delete") facets.delete(path[0]);
    if (verb === "abort") facets.abort(path[0], new Error("aborted on request"));
    if (verb === "clone") facets.clone(path[0], to);
    return "done";
  }

  child(name: string): any {
    return (this.ctx as any).facets.get(name, () => ({ class: (this.ctx as any).exports.Level }));
  }
}

export class Root extends Counting {}
export class Level extends Counting {}

export default {
  async fetch(request: Request, env: any): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.split("/").filter((part) => part !== "");
    const root = env.ROOT.get(env.ROOT.idFromName("tree"));
    const verb = url.searchParams.get("do");
    try {
      if (verb !== null) return new Response((await root.change(verb, path, url.searchParams.get("to"))) + "\n");
      return new Response((await root.count(path)).join(" ") + "\n");
    } catch (e) {
      return new Response(String(e) + "\n", { status: 422 });
    }
  },
};

// One object whose facets are neighbours: the first segment of the path names the
// facet, the rest is the facet's. It runs on the peer, and as a project on facetd.
import { DurableObject } from "cloudflare:workers";
import program from "./tenant.txt";

export class House extends DurableObject {
  async fetch(request) {
    const name = new URL(request.url).pathname.split("/")[1];
    const facet = this.ctx.facets.get(name, () => {
      const worker = this.env.LOADER.get(name, () => ({
        compatibilityDate: "2026-04-01",
        mainModule: "worker.js",
        modules: { "worker.js": program },
        globalOutbound: null,
        limits: { cpuMs: 200 },
      }));
      return { class: worker.getDurableObjectClass("Tenant") };
    });
    try {
      return await facet.fetch(request);
    } catch (e) {
      return new Response(e.message, { status: 502 });
    }
  }
}

export default {
  fetch(request, env, ctx) {
    return ctx.exports.House.getByName("house").fetch(request);
  },
};

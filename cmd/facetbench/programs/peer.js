// The documented program: one object whose facet is named by the last
// segment of the path. It runs on the peer, and as a project on facetd.
import { DurableObject } from "cloudflare:workers";
import program from "./program.txt";

export class AppRunner extends DurableObject {
  fetch(request) {
    const name = request.url.slice(request.url.lastIndexOf("/") + 1) || "app";
    const facet = this.ctx.facets.get(name, () => {
      const worker = this.env.LOADER.get("program-v1", () => ({
        compatibilityDate: "2026-04-01",
        mainModule: "worker.js",
        modules: { "worker.js": program },
        globalOutbound: null,
      }));
      return { class: worker.getDurableObjectClass("App") };
    });
    return facet.fetch(request);
  }
}

export default {
  fetch(request, env, ctx) {
    return ctx.exports.AppRunner.getByName("my-app").fetch(request);
  },
};

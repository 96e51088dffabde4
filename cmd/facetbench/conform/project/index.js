// The project around one group of facts: each fact runs in an object of its own,
// one request for each of its steps. GET / lists facts and their steps.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import { facts } from "./facts.js";
import { show } from "./show.js";

const stepsOf = (fact) => [facts[fact]].flat();

export class Subject extends DurableObject {
  async fetch(request) {
    const [fact, step] = new URL(request.url).pathname.slice(1).split("/");
    try {
      return new Response(show(await stepsOf(fact)[Number(step)](this, request)));
    } catch (e) {
      return new Response("thrown: " + show(e));
    }
  }
  alarm() {}
  // For facts about callers.
  ping(...args) { return ["pong", ...args]; }
  fail(message) { throw new RangeError(message); }
  async slow(ms) { await new Promise((done) => setTimeout(done, ms)); return ms; }
}

// A class with a namespace beside Subject, and one without.
export class Other extends DurableObject {
  count() {
    const n = (this.ctx.storage.kv.get("n") ?? 0) + 1;
    this.ctx.storage.kv.put("n", n);
    return n;
  }
  about() { return [String(this.ctx.id), this.ctx.id.name, this.ctx.props]; }
}
export class Unstored extends DurableObject {
  count() { return Other.prototype.count.call(this); }
  about() { return [typeof this.ctx.id, this.ctx.id.name, this.ctx.props]; }
}
export class Service extends WorkerEntrypoint {
  fetch(request) { return new Response("service " + new URL(request.url).pathname + " " + show(this.ctx.props)); }
  add(a, b) { return a + b; }
}

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/") return Response.json(Object.fromEntries(Object.keys(facts).map((f) => [f, stepsOf(f).length])));
    try {
      return await ctx.exports.Subject.getByName(url.pathname.split("/")[1]).fetch(request);
    } catch (e) {
      return new Response("call failed: " + show(e));
    }
  },
};

import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
import { sleep } from "./show.js";

// What is disposed of here says so.
export const said = [];

export class Counter extends RpcTarget {
  own = 5;
  #n;
  constructor(n, name) { super(); this.#n = n; this.name = name; }
  increment(by) { return (this.#n += by); }
  get value() { return this.#n; }
  get self() { return this; }
  boom() { throw new RangeError("boom"); }
  [Symbol.dispose]() { said.push("disposed " + this.name); }
}
export class Plain { x = 1; foo() { return 1; } }

// Who is called about references. On facetd it runs in a process of its own.
export class Callee extends WorkerEntrypoint {
  inst = () => 1;
  counter(n, name) { return new Counter(n, name); }
  echo(...args) { return args.length === 1 ? args[0] : args; }
  types(...args) { return args.map((x) => [typeof x, Object.prototype.toString.call(x), x.constructor.name]); }
  async call(f, ...args) { return await f(...args); }
  async callMethod(o, name, ...args) { return await o[name](...args); }
  plain() { return { p: new Plain() }; }
  object(n) { return { foo: 1, counter: new Counter(n), f: (x) => x * 2, deep: { g: () => "g" } }; }
  get prop() { return { foo: 1, f: (x) => x + 1, deep: { f: (a, b) => a / b }, c: new Counter(5), plain: new Plain(), text: "hello", n: null }; }
  get late() { return sleep(1).then(() => 9); }
  get broken() { throw new Error("broken"); }
  number() { return 5; }
  text() { return "text"; }
  nothing() { return null; }
  list() { return [1, { a: 1 }]; }
  date() { return new Date(5); }
  fail() { throw new TypeError("failed"); }
  func() { const f = (a, b) => a ^ b; f.some = 123; f.deep = { x: { y: 1 } }; return f; }
  async disposeTest(c) {
    const n = await c.increment(1), d = c.dup();
    return { n, c, orig: (x) => c.increment(x), dup: (x) => d.increment(x), [Symbol.dispose]() { d[Symbol.dispose](); } };
  }
  said() { return said.splice(0); }
  isSame(a, b) { return a === b; }
  stream() { return new ReadableStream({ type: "bytes", start(c) { c.enqueue(new TextEncoder().encode("abc")); c.close(); } }); }
  async readAll(s) { return await new Response(s).text(); }
  async writeTo(w) { const writer = w.getWriter(); await writer.write(new TextEncoder().encode("foo")); await writer.close(); }
  async request(r) { return [r instanceof Request, r.method, r.url, [...r.headers], await r.text(), r.redirect]; }
  async response(r) { return [r instanceof Response, r.status, r.statusText, [...r.headers], await r.text()]; }
  getResponse() { return new Response("body", { status: 207, headers: { "x-a": "1" } }); }
  getRequest() { return new Request("http://x/y", { method: "POST", body: "bb" }); }
  getHeaders() { return new Headers([["a", "1"], ["set-cookie", "x"], ["set-cookie", "y"]]); }
  props() { return this.ctx.props; }
  stubOf(props) { return this.ctx.exports.Callee({ props }); }
  object2(name) { return this.env.OTHER.getByName(name); }
}

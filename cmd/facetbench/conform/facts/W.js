// WebSockets. Facets of loaded code are the other side.
import { kind, sleep, thrown, until } from "./show.js";

const pair = () => Object.values(new WebSocketPair());

const CODE = `
import { DurableObject } from "cloudflare:workers";
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export class App extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.log = [];
    this.n = 0;
    this.found = ctx.getWebSockets().map((ws) => [ctx.getTags(ws), ws.deserializeAttachment(), ws.readyState]);
  }
  async fetch(request) {
    const path = new URL(request.url).pathname;
    const [client, server] = Object.values(new WebSocketPair());
    const answer = (headers) => new Response(null, { status: 101, webSocket: client, headers });
    if (path === "/headers") return Response.json([...request.headers.keys()].filter((k) => k !== "host").sort());
    if (path === "/hibernate") {
      this.ctx.acceptWebSocket(server, ["a", "b"]);
      server.serializeAttachment({ at: 1 });
      return answer();
    }
    if (path === "/tagged") { this.ctx.acceptWebSocket(server, [new URL(request.url).search.slice(1), "all"]); return answer(); }
    if (path === "/auto") { this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong")); this.ctx.acceptWebSocket(server); return answer(); }
    if (path === "/accepted") { server.accept(); client.accept(); return answer(); }
    server.accept();
    server.binaryType = "arraybuffer";
    server.addEventListener("message", (e) => {
      if (e.data === "close") return server.close(4000, "bye");
      if (e.data === "throw") throw new Error("in a listener");
      server.send(typeof e.data === "string" ? "echo:" + e.data : e.data);
    });
    server.addEventListener("close", (e) => this.log.push([e.type, e.code, e.reason, e.wasClean, server.readyState]));
    if (path === "/early") { server.send("e1"); server.send("e2"); server.close(4003, "early"); }
    return answer(path === "/protocol" ? { "sec-websocket-protocol": "foo", "x-other": "1" } : undefined);
  }
  async webSocketMessage(ws, m) {
    this.log.push(["message", typeof m === "string" ? m : m.constructor.name + m.byteLength]);
    if (m === "slow") await sleep(500);
    if (m === "throw") throw new Error("in a handler");
    if (m === "close") { ws.close(4001, "mine"); this.log.push(["closed", ws.readyState, this.ctx.getWebSockets().length]); return; }
    ws.send("echo:" + (typeof m === "string" ? m : m.byteLength) + ":" + ++this.n);
  }
  webSocketClose(ws, code, reason, clean) {
    this.log.push(["close", code, reason, clean, ws.readyState, this.ctx.getWebSockets().length]);
    ws.close(code, reason);
    this.log.push(["after", ws.readyState]);
  }
  said() { return this.log; }
  woken() { return this.found; }
  sockets(tag) { return this.ctx.getWebSockets(tag).map((ws) => [this.ctx.getTags(ws), ws.deserializeAttachment(), ws.readyState]); }
  answered() { return this.ctx.getWebSockets().map((ws) => this.ctx.getWebSocketAutoResponseTimestamp(ws) instanceof Date); }
}
export class Middle extends DurableObject {
  async fetch(request) {
    const below = this.ctx.facets.get("below", () => ({ class: this.ctx.exports.App }));
    const answer = await below.fetch("http://h/plain", { headers: { Upgrade: "websocket" } });
    return new URL(request.url).pathname === "/same" ? answer : new Response(null, { status: 101, webSocket: answer.webSocket, headers: { "x-middle": "1" } });
  }
}
`;

const facet = (me, cls = "App") => me.ctx.facets.get("f", () => ({ class: me.env.LOADER.get("app", () => ({ compatibilityDate: "2026-04-16", mainModule: "w.js", modules: { "w.js": CODE }, globalOutbound: null })).getDurableObjectClass(cls) }));
const ask = (me, path, cls) => facet(me, cls).fetch("http://h/" + path, { headers: { Upgrade: "websocket" } });
// The client's end, with what it hears.
const open = async (me, path, cls) => {
  const ws = (await ask(me, path, cls)).webSocket;
  const heard = [];
  ws.binaryType = "arraybuffer";
  ws.addEventListener("message", (e) => heard.push(typeof e.data === "string" ? e.data : e.data.constructor.name + e.data.byteLength));
  ws.addEventListener("close", (e) => heard.push([e.code, e.reason, e.wasClean]));
  ws.accept();
  return { ws, heard };
};
const listen = (ws, name, out, ...states) => { for (const type of ["message", "close"]) ws.addEventListener(type, (e) => out.push([name, type, e.data ?? e.code, ...states.map((s) => s.readyState)])); };

export const facts = {
  W1: () => { const p = new WebSocketPair(); return [Object.keys(p), p[0] instanceof WebSocket, [...p].length, String(p), String(p[0])]; },
  W2: () => { const [a] = pair(); return [a.readyState, a.url, a.protocol, a.extensions, a.binaryType, a.bufferedAmount, a.onmessage, WebSocket.CLOSED, WebSocket.READY_STATE_OPEN]; },
  W3: async () => { const [a] = pair(); return [await thrown(() => a.send("x")), await thrown(() => a.close()), await kind(() => a.accept()), await kind(() => a.accept())]; },
  W4: async () => {
    const out = {};
    for (const code of [0, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1011, 1015, 1016, 2999, 3000, 4999, 5000, null, 1000.5]) { const [a] = pair(); a.accept(); out[code] = await kind(() => a.close(code)); }
    return out;
  },
  W5: async () => { const [a] = pair(); a.accept(); return [await thrown(() => a.close(undefined, "r")), await thrown(() => a.close(1000, "x".repeat(124))), await kind(() => a.close(1000, "x".repeat(123))), await thrown(() => a.send("x")), await kind(() => a.close(1000)), a.readyState]; },
  W6: async () => { const [a, b] = pair(); const out = []; a.accept(); b.accept(); listen(a, "a", out, a, b); listen(b, "b", out, a, b); a.send("1"); a.close(4000, "r"); await sleep(50); return [out, a.readyState, b.readyState]; },
  W7: async () => {
    const [a, b] = pair(); const out = []; a.accept({ allowHalfOpen: true }); b.accept({ allowHalfOpen: true }); listen(a, "a", out, a, b); listen(b, "b", out, a, b);
    a.close(4000, "r"); await sleep(50); b.send("still"); b.close(4001); await sleep(50); return out;
  },
  W8: async () => { const [a, b] = pair(); a.accept(); a.send("early"); await sleep(10); const out = []; b.accept(); listen(b, "b", out); await sleep(20); return out; },
  W9: async () => { const [a, b] = pair(); a.accept(); b.accept(); const out = []; b.addEventListener("message", (e) => out.push(e.data.constructor.name)); for (const type of ["blob", "arraybuffer", "nonsense"]) { b.binaryType = type; a.send(new Uint8Array(3)); await sleep(10); } return [out, b.binaryType]; },
  W10: async () => { const [a, b] = pair(); a.accept(); b.accept(); b.binaryType = "arraybuffer"; const out = []; b.addEventListener("message", (e) => out.push(typeof e.data === "string" ? e.data : [...new Uint8Array(e.data)])); for (const v of ["t", 5, null, {}, new Uint8Array([1, 2, 3]).subarray(1), new Uint8Array([4]).buffer]) a.send(v); const none = await kind(() => a.send()); await sleep(30); return [out, none]; },
  W11: async () => {
    const [a] = pair(); const r = new Response(null, { status: 101, webSocket: a });
    return [r.status, r.ok, r.body, r.webSocket === a, new Response("x").webSocket, new Response(null, r).webSocket === a, await thrown(() => new Response(null, { status: 101 })), await thrown(() => new Response(null, { webSocket: a })),
      await thrown(() => new Response(null, { status: 101, webSocket: {} })), await thrown(() => new Response("b", { status: 101, webSocket: a })), await thrown(() => r.clone())];
  },
  W12: async (me) => await thrown(() => facet(me).fetch("http://h/plain")),
  W13: async (me) => { const r = await ask(me, "protocol"); return [r.status, r.statusText, r.ok, r.body, [...r.headers], r.webSocket.url, r.webSocket.protocol, r.webSocket.readyState, (await (await ask(me, "headers")).json())]; },
  W14: [
    async (me) => { const { ws, heard } = await open(me, "same", "Middle"); ws.send("x"); await until(() => heard.length > 0); ws.close(4000, "done"); await until(() => heard.length > 1); return heard; },
    async (me) => { const r = await ask(me, "other", "Middle"); const answer = new Promise((done) => r.webSocket.addEventListener("message", (e) => done(e.data))); r.webSocket.accept(); r.webSocket.send("y"); return [r.headers.get("x-middle"), await answer]; },
  ],
  W15: async ({ ctx }) => {
    const [a, b] = pair(); const [c, d] = pair(); c.accept();
    return [await thrown(() => ctx.acceptWebSocket()), await thrown(() => ctx.acceptWebSocket({})), await thrown(() => ctx.acceptWebSocket(a, "x")), await thrown(() => ctx.acceptWebSocket(a, Array(11).fill(0).map((_, i) => "t" + i))),
      await thrown(() => ctx.acceptWebSocket(a, ["t".repeat(257)])), await kind(() => ctx.acceptWebSocket(a, ["x", "x"])), ctx.getTags(a), await thrown(() => ctx.acceptWebSocket(a)), await thrown(() => a.accept()), await thrown(() => ctx.acceptWebSocket(c)), await thrown(() => ctx.acceptWebSocket(d)), await kind(() => b.accept())];
  },
  W16: async (me) => {
    const [a] = pair(); const [b] = pair(); b.accept();
    for (const tag of ["one", "two", "three"]) await open(me, "tagged?" + tag);
    return [await facet(me).sockets(), await facet(me).sockets("two"), (await facet(me).sockets("all")).map(([t]) => t[0]), await facet(me).sockets("none"), await thrown(() => me.ctx.getTags(a)), await thrown(() => me.ctx.getTags(b)), await thrown(() => me.ctx.getTags({}))];
  },
  W17: async () => { const [a] = pair(); return [a.deserializeAttachment(), await kind(() => a.serializeAttachment(new Map([["k", [1, undefined]]]))), a.deserializeAttachment(), await kind(() => a.serializeAttachment("x".repeat(17000))), await kind(() => a.serializeAttachment(() => 1)), await kind(() => a.serializeAttachment())]; },
  W18: async (me) => { const { ws, heard } = await open(me, "auto"); ws.send("ping"); await until(() => heard.length > 0); ws.send("other"); await until(() => heard.length > 1); return [heard, await facet(me).said(), await facet(me).answered()]; },
  W19: [
    async (me) => { const { ws, heard } = await open(me, "hibernate"); ws.send("hi"); ws.send(new Uint8Array(3)); await until(() => heard.length > 1); ws.close(4005, "client"); await until(async () => heard.length > 2 && (await facet(me).said()).length > 3); return [heard, await facet(me).said(), await facet(me).sockets()]; },
    async (me) => { const { ws, heard } = await open(me, "hibernate"); ws.send("close"); await until(async () => heard.length > 0 && (await facet(me).said()).at(-1)?.[0] === "after"); return [heard, (await facet(me).said()).slice(-4)]; },
  ],
  W20: async (me) => { const { ws, heard } = await open(me, "hibernate"); ws.send("throw"); await until(async () => (await facet(me).said()).length > 0); ws.send("after"); await until(() => heard.length > 0); return [heard, await facet(me).said()]; },
  W21: async ({ ctx }) => [ctx.getHibernatableWebSocketEventTimeout(), await kind(() => ctx.setHibernatableWebSocketEventTimeout(5)), ctx.getHibernatableWebSocketEventTimeout(), await thrown(() => ctx.setHibernatableWebSocketEventTimeout(604800001)), await kind(() => ctx.setHibernatableWebSocketEventTimeout(-1)), await kind(() => ctx.setHibernatableWebSocketEventTimeout()), ctx.getHibernatableWebSocketEventTimeout()],
  W22: async (me) => { const { ws, heard } = await open(me, "hibernate"); ws.send("slow"); ws.send("fast"); await until(() => heard.length > 1); return heard; },
  W23: async (me) => { const { ws, heard } = await open(me, "hibernate"); ws.send("before"); await sleep(13_000); ws.send("after"); await until(() => heard.length > 1); return [heard, await facet(me).woken()]; },
  W24: async (me) => { const { heard } = await open(me, "hibernate"); const plain = await open(me, "plain"); me.ctx.facets.abort("f", new Error("enough")); await until(() => heard.length > 0 && plain.heard.length > 0); return [heard.length, heard[0]?.[0], plain.heard.length, plain.heard[0]?.[0], await facet(me).sockets()]; },
  W25: async () => [await thrown(() => new WebSocket()), await thrown(() => new WebSocket("nonsense")), await thrown(() => new WebSocket("http://h/")), await thrown(() => new WebSocket("ws://h/#f")), await thrown(() => new WebSocket("ws://h/", ["a", "a"])), await thrown(() => new WebSocket("ws://h/", "a b"))],
  W26: async ({ ctx }) => [ctx.getWebSocketAutoResponse(), await thrown(() => ctx.setWebSocketAutoResponse("x")), await thrown(() => ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("x".repeat(2049), ""))), await kind(() => ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("a", "b"))), ctx.getWebSocketAutoResponse().response, await kind(() => ctx.setWebSocketAutoResponse()), ctx.getWebSocketAutoResponse(), await thrown(() => new WebSocketRequestResponsePair("a"))],
  W27: async (me) => { const { heard } = await open(me, "early"); await until(() => heard.length > 2); return heard; },
  W28: async (me) => { const { ws, heard } = await open(me, "plain"); ws.send("text"); ws.send(new Uint8Array([1, 2])); ws.send("close"); await until(async () => heard.length > 2 && (await facet(me).said()).length > 0); return [heard, await facet(me).said()]; },
  W29: async (me) => { const { ws, heard } = await open(me, "plain"); ws.send("throw"); ws.send("after"); await until(() => heard.length > 0); return heard; },
  W30: [
    async () => { const ws = new WebSocket("ws://OUTSIDE_ADDRESS/socket", ["a", "b"]), log = []; log.push(ws.readyState); const closed = new Promise((done) => ws.addEventListener("close", (e) => { log.push([e.code, e.reason, e.wasClean]); done(); })); ws.addEventListener("open", () => { log.push(["open", ws.readyState, ws.protocol, ws.url.endsWith("/socket")]); ws.send("hi"); ws.send(new Uint8Array([1, 2])); }); ws.binaryType = "arraybuffer"; ws.addEventListener("message", (e) => { log.push(typeof e.data === "string" ? e.data : e.data.byteLength); if (log.length === 4) ws.close(4000, "bye"); }); await closed; return [log, ws.readyState]; },
    async () => { const ws = new WebSocket("ws://OUTSIDE_ADDRESS/socket"); const got = await new Promise((done) => { ws.onopen = () => ws.send("close"); ws.onclose = (e) => done([e.code, e.reason, e.wasClean, ws.readyState]); }); return got; },
    async () => { const ws = new WebSocket("ws://OUTSIDE_ADDRESS/empty"); return new Promise((done) => { const log = []; ws.onopen = () => log.push("open"); ws.onerror = (e) => log.push(e.type); ws.onclose = (e) => { log.push([e.code, e.wasClean]); done(log); }; }); },
  ],
  W31: [
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/socket", { headers: { Upgrade: "websocket", "x-asked": "mine", "sec-websocket-protocol": "b" } }); const ws = r.webSocket; ws.accept(); const got = new Promise((done) => ws.addEventListener("message", (e) => done(e.data))); ws.send("m".repeat(100_000)); const size = (await got).length; ws.close(1000); return [r.status, r.headers.get("x-own"), r.headers.get("sec-websocket-protocol"), size]; },
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/empty", { headers: { Upgrade: "websocket" } }); return [r.status, r.webSocket]; },
    async () => { const r = await fetch("http://OUTSIDE_ADDRESS/redirect?to=/socket", { headers: { Upgrade: "websocket" } }); const up = r.webSocket; up?.accept(); up?.close(); return [r.status, up !== null]; },
    async () => [await kind(() => fetch("ws://OUTSIDE_ADDRESS/socket", { headers: { Upgrade: "websocket" } })), await kind(() => fetch("http://127.0.0.1:1/", { headers: { Upgrade: "websocket" } }))],
  ],
};

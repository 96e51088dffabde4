// Says, by path, more than one message to the supervisor can hold.
import { DurableObject } from "cloudflare:workers";

const big = () => "x".repeat(5 << 20);
const tiny = new Uint8Array(1);

const say = {
  "/header": () => new Response("", { headers: { "x-big": big() } }),
  "/headers": () => {
    const h = new Headers();
    for (let n = 0; n < 60; n++) h.set("x-" + n, "v".repeat(1000));
    return new Response("ok", { headers: h });
  },
  "/status-text": () => new Response("", { statusText: big() }),
  "/throw": () => {
    throw new Error(big());
  },
  "/throw-many": () => {
    throw new Error("x".repeat(16000));
  },
  "/log": () => {
    for (let n = 0; n < 2000; n++) console.log("l".repeat(8000));
    return new Response("ok");
  },
  "/log-one": () => {
    console.log(big());
    return new Response("ok");
  },
  "/chunks": () => new Response(new ReadableStream({
    start(c) {
      for (let n = 0; n < 20000; n++) c.enqueue(tiny);
      c.close();
    },
  })),
};

export class App extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    // Before there is a channel for it.
    for (let n = 0; n < 600; n++) console.log("c".repeat(8000));
  }

  async fetch(request) {
    const f = say[new URL(request.url).pathname];
    return f ? f() : new Response("well");
  }

  large() {
    return big();
  }
}

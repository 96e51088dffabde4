import { End } from "./end.ts";
import { socketOf, type WebSocket } from "./websocket.ts";

/** Two ends of one connection. */
export class WebSocketPair {
  readonly 0!: WebSocket;
  readonly 1!: WebSocket;

  constructor() {
    const a = new End();
    const b = new End();
    a.other = b;
    b.other = a;
    for (const [i, end] of [a, b].entries()) Object.defineProperty(this, i, { value: socketOf(end), enumerable: true, configurable: true, writable: true });
  }

  [Symbol.iterator](): IterableIterator<WebSocket> { return [this[0], this[1]][Symbol.iterator](); }
  get [Symbol.toStringTag](): string { return "WebSocketPair"; }
}

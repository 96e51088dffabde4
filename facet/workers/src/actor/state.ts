import { FailureKind } from "../messages.ts";
import { native } from "../native.ts";
import { refuseToClone } from "../codec/classify.ts";
import { describeError } from "../calls/failure.ts";
import { waitUntil } from "../calls/wait_until.ts";
import { DurableObjectStorage } from "../storage/storage.ts";
import * as sockets from "../websocket/hibernation.ts";
import type { WebSocket } from "../websocket/websocket.ts";
import { blockConcurrency } from "./concurrency.ts";
import { DurableObjectFacets } from "./facets.ts";
import type { DurableObjectId } from "./id.ts";

const INTERNAL = Symbol("internal");
const DEFAULT_REASON = "Application called abort() to reset Durable Object.";

/** ctx (fact F91). */
export class DurableObjectState {
  readonly #id: DurableObjectId | string;
  readonly #props: unknown;
  readonly #exports: object;
  readonly #storage = new DurableObjectStorage();
  readonly #facets = new DurableObjectFacets();

  constructor(token: symbol, id: DurableObjectId | string, props: unknown, exported: object) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#id = id;
    this.#props = props;
    this.#exports = exported;
  }

  get id(): DurableObjectId | string { return this.#id; }
  get props(): unknown { return this.#props; }
  get exports(): object { return this.#exports; }
  get storage(): DurableObjectStorage { return this.#storage; }
  get facets(): DurableObjectFacets { return this.#facets; }
  get container(): undefined { return undefined; }

  waitUntil(promise: unknown): void { waitUntil(promise); }
  blockConcurrencyWhile(closure: () => unknown): Promise<unknown> { return blockConcurrency(closure); }

  /** Never returns (fact F70). */
  abort(reason?: unknown): never {
    const { name, message } = describeError(reason === undefined ? new Error(DEFAULT_REASON) : reason);
    return native.abort(FailureKind.Aborted, name, message);
  }

  acceptWebSocket(socket: unknown, tags?: unknown): void { sockets.acceptWebSocket(socket, tags); }
  getWebSockets(tag?: unknown): WebSocket[] { return sockets.getWebSockets(tag); }
  getTags(socket: unknown): string[] { return sockets.getTags(socket); }
  setWebSocketAutoResponse(pair?: unknown): void { sockets.setWebSocketAutoResponse(pair); }
  getWebSocketAutoResponse(): unknown { return sockets.getWebSocketAutoResponse(); }
  getWebSocketAutoResponseTimestamp(socket: unknown): Date | null { return sockets.getWebSocketAutoResponseTimestamp(socket); }
  setHibernatableWebSocketEventTimeout(ms?: unknown): void { sockets.setEventTimeout(ms); }
  getHibernatableWebSocketEventTimeout(): number | null { return sockets.getEventTimeout(); }

  get [Symbol.toStringTag](): string { return "DurableObjectState"; }
}

export function newState(id: DurableObjectId | string, props: unknown, exported: object): DurableObjectState {
  return new DurableObjectState(INTERNAL, id, props, exported);
}

refuseToClone(DurableObjectState);

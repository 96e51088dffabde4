import { refuseToClone, REFUSAL } from "../codec/classify.ts";
import { callFetch } from "../host/fetch.ts";
import { callMethod } from "../host/rpc.ts";
import type { Channel } from "../host/channel.ts";
import type { Response } from "../web/response.ts";
import { checkInternal, INTERNAL, Stamped } from "./stamped.ts";

/** What a stub is made of. */
export interface StubChannel extends Channel {
  /** Why the stub cannot be cloned or passed on. */
  readonly refusal: string;
  /** How a loaded worker's globalOutbound names the stub (docs/projects.md); absent where it cannot. */
  readonly outbound?: object;
}

/** The channel of a stub; undefined for what is none. */
export let channelOf: (o: unknown) => StubChannel | undefined;

/** A stub (facts F4, F5): fetch() and, by any other name, a method of the callee. */
export class Fetcher extends Stamped {
  readonly #channel: StubChannel;

  constructor(token: symbol, channel: StubChannel, o?: object) {
    checkInternal(token);
    super(o);
    this.#channel = channel;
  }

  fetch(input: unknown, init?: unknown): Promise<Response> {
    return callFetch(this.#channel, input, init);
  }

  get [REFUSAL](): string { return this.#channel.refusal; }
  get [Symbol.toStringTag](): string { return "Fetcher"; }

  static {
    channelOf = (o) => (((typeof o === "object" && o !== null) || typeof o === "function") && #channel in o ? o.#channel : undefined);
  }
}

export function newFetcher(channel: StubChannel): Fetcher {
  return new Fetcher(INTERNAL, channel);
}

const NOT_YET = "Reading a property over RPC is not supported yet; call it as a method.";

/** An RPC method: awaiting it without a call would read a property. */
function method(channel: Channel, name: string): unknown {
  const f = (...args: unknown[]) => callMethod(channel, name, args);
  f.then = (resolve: never, reject: never) => Promise.reject(new Error(NOT_YET)).then(resolve, reject);
  return f;
}

/** Stands behind the prototype: names that nothing else has are methods of the callee. */
const wildcard = new Proxy(Object.prototype, {
  get(target, name, receiver) {
    if (typeof name === "symbol" || name in target) return Reflect.get(target, name, receiver) as unknown;
    if (name === "then") return undefined;
    const channel = channelOf(receiver);
    return channel === undefined ? undefined : method(channel, name);
  },
  set(_target, name, value, receiver) {
    return Reflect.defineProperty(receiver as object, name, { value, writable: true, enumerable: true, configurable: true });
  },
});
Object.setPrototypeOf(Fetcher.prototype, wildcard);
refuseToClone(Fetcher);

import { refuseToClone, REFUSAL } from "../codec/classify.ts";
import { callFetch } from "../host/fetch.ts";
import { request } from "../host/rpc.ts";
import type { Channel } from "../host/channel.ts";
import type { Base, Grip } from "../refs/hook.ts";
import { disposeWith } from "../refs/hook.ts";
import type { Response } from "../web/response.ts";
import { noFunction } from "../actor/instance.ts";
import { findBase } from "./base.ts";
import { newProperty } from "./property.ts";
import { checkInternal, INTERNAL, Stamped } from "./stamped.ts";
import { wildcard } from "./wildcard.ts";

/** What a stub is made of. */
export interface StubChannel extends Channel {
  /** What names the stub in a message that is posted then. Throws where it may not travel. */
  reference(): () => object;
  readonly kept?: unknown;
  /** Why it cannot be stored or cloned; the usual text where absent. */
  readonly refusal?: string;
}

/** The channel of a stub; undefined for what is none. */
export let stubChannel: (o: object) => StubChannel | undefined;

/** A stub (facts F4, F5): fetch() and, by any other name, a member of the callee. */
export class ServiceStub extends Stamped {
  readonly #channel: StubChannel;

  constructor(token: symbol, channel: StubChannel, o?: object) {
    checkInternal(token);
    super(o);
    this.#channel = channel;
  }

  /** Refers to the stub: the collector must not take it while it is used. */
  get #base(): Base {
    return {
      request: (path, args) => {
        if (args === undefined || path.length !== 1 || path[0] !== "fetch") return path.length === 0 ? nothing() : request(this.#channel, path, args);
        const [input, init] = args.arrive().list();
        return callFetch(this.#channel, input, init);
      },
    };
  }

  fetch(input: unknown, init?: unknown): Promise<Response> {
    return callFetch(this.#channel, input, init);
  }

  get [REFUSAL](): string { return this.#channel.refusal ?? "ServiceStub cannot be serialized in this context."; }
  get [Symbol.toStringTag](): string { return "Fetcher"; }

  static {
    stubChannel = (o) => (#channel in o ? o.#channel : undefined);
    wildcard(this.prototype, (o, name) => (#channel in o ? newProperty(o.#base, [name]) : undefined));
    findBase((o) => (#channel in o ? o.#base : undefined));
  }
}

function nothing(): never {
  throw noFunction(undefined);
}

/** grip: what the channel leads to, if it is a handle. */
export function newFetcher(channel: StubChannel, grip?: Grip): ServiceStub {
  const stub = new ServiceStub(INTERNAL, channel);
  if (grip !== undefined) disposeWith(stub, grip);
  return stub;
}

refuseToClone(ServiceStub);

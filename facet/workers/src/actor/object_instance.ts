import type { Request } from "../web/request.ts";
import { type AlarmInfo, type Instance, methodOf, noAlarm, noFetch, NoHandler } from "./instance.ts";

const NO_SUPERCLASS =
  "The receiving Durable Object does not support RPC, because its class was not declared with `extends DurableObject`. " +
  "In order to enable RPC, make sure your class extends the special class `DurableObject`, which can be imported from the module \"cloudflare:workers\".";

/** An object or facet: one instance of its class for all calls. */
export class ObjectInstance implements Instance {
  readonly #object: Record<string, unknown>;
  /** Whether the class extends DurableObject, so that methods may be called. */
  readonly #rpc: boolean;

  constructor(object: object, rpc: boolean) {
    this.#object = object as Record<string, unknown>;
    this.#rpc = rpc;
  }

  fetch(request: Request): unknown {
    const { fetch } = this.#object;
    if (typeof fetch !== "function") throw noFetch();
    return (fetch as (r: Request) => unknown).call(this.#object, request);
  }

  alarm(info: AlarmInfo): unknown {
    const { alarm } = this.#object;
    if (typeof alarm !== "function") throw noAlarm();
    return (alarm as (i: AlarmInfo) => unknown).call(this.#object, info);
  }

  call(method: string, args: () => unknown[]): unknown {
    if (!this.#rpc) throw new NoHandler(new TypeError(NO_SUPERCLASS));
    return Reflect.apply(methodOf(this.#object, method), this.#object, args());
  }
}

import type { Request } from "../web/request.ts";
import { dispatch } from "../refs/walk.ts";
import { type AlarmInfo, checked, type Instance, memberOf, noAlarm, noFetch, NoHandler } from "./instance.ts";

const NO_SUPERCLASS =
  "The receiving Durable Object does not support RPC, because its class was not declared with `extends DurableObject`. " +
  "In order to enable RPC, make sure your class extends the special class `DurableObject`, which can be imported from the module \"cloudflare:workers\".";

/** An object or facet: one instance of its class for all calls. */
export class ObjectInstance implements Instance {
  readonly perCall = false;
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

  call(path: readonly string[], args: (() => unknown[]) | undefined): unknown {
    if (!this.#rpc) throw new NoHandler(new TypeError(NO_SUPERCLASS));
    if (path.length !== 1 || args === undefined) return dispatch(this.#object, path, args, memberOf);
    return Reflect.apply(checked(path[0]!, memberOf(this.#object, path[0]!)), this.#object, args());
  }
}

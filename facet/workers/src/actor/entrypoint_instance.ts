import { refuseToClone } from "../codec/classify.ts";
import { waitUntil } from "../calls/wait_until.ts";
import { fetch } from "../web/fetch.ts";
import type { Request } from "../web/request.ts";
import { checkInternal, INTERNAL } from "../stubs/stamped.ts";
import { type Class, isClass } from "./classes.ts";
import { dispatch } from "../refs/walk.ts";
import { checked, type Instance, memberOf, noAlarm, noFetch, NoHandler } from "./instance.ts";

/** ctx of an entrypoint. */
export class ExecutionContext {
  readonly #props: unknown;
  readonly #exports: object;

  constructor(token: symbol, props: unknown, exported: object) {
    checkInternal(token);
    this.#props = props;
    this.#exports = exported;
  }

  get props(): unknown { return this.#props; }
  get exports(): object { return this.#exports; }
  waitUntil(promise: unknown): void { waitUntil(promise); }
  /** There is no origin to pass a request on to. */
  passThroughOnException(): void {}
  get [Symbol.toStringTag](): string { return "ExecutionContext"; }
}

refuseToClone(ExecutionContext);

function noAlarms(): never {
  throw noAlarm();
}

/** What stands for a default export that is missing: requests go where global fetch() goes (fact L15). */
export function missingDefault(error: Error): Instance {
  return { perCall: true, fetch: (request) => fetch(request), call() { throw new NoHandler(error); }, alarm: noAlarms };
}

/** An entrypoint of the worker. Its class, if it is one, is constructed for each call. */
export function entrypointInstance(value: object, props: unknown, exported: object, env: object): Instance {
  const context = () => new ExecutionContext(INTERNAL, props, exported);
  if (isClass(value)) {
    const construct = () => Reflect.construct(value as Class, [context(), env]) as Record<string, unknown>;
    return {
      perCall: true,
      fetch(request) {
        const object = construct();
        const { fetch } = object;
        if (typeof fetch !== "function") throw noFetch();
        return (fetch as (r: Request) => unknown).call(object, request);
      },
      call(path, args) {
        return dispatch(construct(), path, args, memberOf);
      },
      alarm: noAlarms,
    };
  }
  const handlers = value as Record<string, unknown>;
  return {
    perCall: true,
    fetch(request) {
      const { fetch } = handlers;
      if (typeof fetch !== "function") throw noFetch();
      return (fetch as (...a: unknown[]) => unknown).call(handlers, request, env, context());
    },
    // Functions of an object are called as handlers are.
    call(path, args) {
      const method = path[0];
      if (path.length !== 1 || args === undefined || method === undefined) return dispatch(handlers, path, args);
      const f = checked(method, method !== "fetch" && Object.hasOwn(handlers, method) ? handlers[method] : undefined);
      return Reflect.apply(f, handlers, [args()[0], env, context()]);
    },
    alarm: noAlarms,
  };
}

import type { Request } from "../web/request.ts";

/** What the process runs: an object or facet, or an entrypoint. */
export interface Instance {
  /** Whether each call is an event of its own, with stubs that end with it. */
  readonly perCall: boolean;
  /** Calls the fetch handler. Throws NoHandler where there is none. */
  fetch(request: Request): unknown;
  /**
   * Walks the path and calls what is there, or reads it where args is undefined.
   * Throws NoHandler where there is none.
   */
  call(path: readonly string[], args: (() => unknown[]) | undefined): unknown;
  /** Runs the alarm() handler. Throws NoHandler where there is none. */
  alarm(info: AlarmInfo): unknown;
}

/** What alarm() is given (fact T24). */
export interface AlarmInfo {
  readonly scheduledTime: number;
  readonly retryCount: number;
  readonly isRetry: boolean;
}

/** Set once the class was constructed. */
export let instance: Instance | undefined;

export function setInstance(i: Instance): void {
  instance = i;
}

/** What a NoHandler says; undefined where e is none. */
export let noHandlerError: (e: unknown) => Error | undefined;

/** The callee has no such handler or method: its error is told to the caller as it is. */
export class NoHandler {
  readonly #error: Error;
  constructor(error: Error) {
    this.#error = error;
  }
  static {
    // Asks nothing of e, which may be a proxy of the application's.
    noHandlerError = (e) => (typeof e === "object" && e !== null && #error in e ? e.#error : undefined);
  }
}

export function noFetch(): NoHandler {
  return new NoHandler(new Error("Handler does not export a fetch() function."));
}

export function noAlarm(): NoHandler {
  return new NoHandler(new Error("Handler does not export an alarm() function."));
}

/** Handlers of events, which are no methods for callers. */
const reserved = new Set(["alarm", "dup", "webSocketMessage", "webSocketClose", "webSocketError"]);

/** The member of a class's instance that a caller may use; undefined for none. Throws NoHandler. */
export function memberOf(object: object, name: string): unknown {
  if (reserved.has(name)) throw new NoHandler(new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`));
  return name === "fetch" ? undefined : lookup(object, name);
}

export function missing(name: string): NoHandler {
  return new NoHandler(new TypeError(`The RPC receiver does not implement the method "${name}".`));
}

/** name: undefined for the receiver itself. */
export function noFunction(name: string | undefined): NoHandler {
  return new NoHandler(new TypeError(`"${name ?? "(this)"}" is not a function.`));
}

/** f as a method of that name. Throws NoHandler. */
export function checked(name: string, f: unknown): (...args: unknown[]) => unknown {
  if (f === undefined) throw missing(name);
  if (typeof f !== "function") throw noFunction(name);
  return f as (...args: unknown[]) => unknown;
}

/** Finds methods and getters of the class and its superclasses. Own properties are the instance's memory. */
export function lookup(object: object, method: string): unknown {
  if (method === "constructor" || method.startsWith("__") || Object.hasOwn(object, method)) return undefined;
  for (let p: unknown = Object.getPrototypeOf(object); p !== null && p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    if (Object.hasOwn(p as object, method)) return (object as Record<string, unknown>)[method];
  }
  return undefined;
}

import type { Base } from "../refs/hook.ts";
import { pack, type Parcel } from "../refs/parcel.ts";
import { disposeResult } from "../refs/result.ts";
import { member } from "../refs/walk.ts";
import { noFunction } from "../actor/instance.ts";
import { told } from "../host/error.ts";
import { REFUSAL } from "../codec/classify.ts";
import { baseOf, findBase } from "./base.ts";
import { callable, checkInternal, INTERNAL, Stamped } from "./stamped.ts";

function refused(type: string): string {
  return `Could not serialize object of type "${type}". This type does not support serialization.`;
}

/** Array indices are no names of methods, as on the peer. */
const INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * Stands behind a prototype: names that nothing else has are members of the thing
 * at the other end.
 */
export function wildcard(prototype: object, get: (receiver: object, name: string) => unknown): void {
  const behind = new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === "symbol" || name in target) return Reflect.get(target, name, receiver) as unknown;
      if (name === "then" || INDEX.test(name)) return undefined;
      return get(receiver as object, name);
    },
    set(_target, name, value, receiver) {
      return Reflect.defineProperty(receiver as object, name, { value, writable: true, enumerable: true, configurable: true });
    },
  });
  Object.setPrototypeOf(prototype, behind);
}

/** Calls what the path leads to. The arguments are copied now. */
export function invoke(base: Base, path: readonly string[], args: unknown[]): RpcPromise {
  let result: Promise<unknown>;
  try {
    result = base.request(path, pack(args, true));
  } catch (e) {
    result = Promise.reject(told(e));
  }
  const promise: RpcPromise = new RpcPromise(INTERNAL, result, callable((...more: unknown[]) => invoke(later(promise), [], more), RpcPromise.prototype));
  return promise;
}

/** A member of something at the other end, to be called, read by await, or walked on from. */
export class RpcProperty extends Stamped {
  readonly #base: Base;
  readonly #path: readonly string[];

  constructor(token: symbol, base: Base, path: readonly string[], o?: object) {
    checkInternal(token);
    super(o);
    this.#base = base;
    this.#path = path;
  }

  async #read(): Promise<unknown> {
    return this.#base.request(this.#path, undefined);
  }

  then(resolve?: (v: unknown) => unknown, reject?: (e: unknown) => unknown): Promise<unknown> { return this.#read().then(resolve, reject); }
  catch(reject?: (e: unknown) => unknown): Promise<unknown> { return this.#read().catch(reject); }
  finally(f?: () => void): Promise<unknown> { return this.#read().finally(f); }
  get [REFUSAL](): string { return refused("RpcProperty"); }
  get [Symbol.toStringTag](): string { return "JsRpcProperty"; }

  static {
    wildcard(this.prototype, (o, name) => (#base in o ? newProperty(o.#base, [...o.#path, name]) : undefined));
    findBase((o) => (#base in o ? { request: (path, args) => o.#base.request([...o.#path, ...path], args) } : undefined));
  }
}

export function newProperty(base: Base, path: readonly string[]): RpcProperty {
  return new RpcProperty(INTERNAL, base, path, callable((...args: unknown[]) => invoke(base, path, args), RpcProperty.prototype));
}

let promised: (o: object) => Promise<unknown> | undefined;

/** The result of a call, which can be used before it is there. */
export class RpcPromise extends Stamped {
  readonly #result: Promise<unknown>;
  #gone = false;

  constructor(token: symbol, result: Promise<unknown>, o?: object) {
    checkInternal(token);
    super(o);
    this.#result = result;
  }

  then(resolve?: (v: unknown) => unknown, reject?: (e: unknown) => unknown): Promise<unknown> { return this.#result.then(resolve, reject); }
  catch(reject?: (e: unknown) => unknown): Promise<unknown> { return this.#result.catch(reject); }
  finally(f?: () => void): Promise<unknown> { return this.#result.finally(f); }
  /** Disposes of the result, once it is there. */
  [Symbol.dispose](): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#result.then(disposeResult, () => undefined);
  }
  get [REFUSAL](): string { return refused("RpcPromise"); }
  get [Symbol.toStringTag](): string { return "JsRpcPromise"; }

  static {
    wildcard(this.prototype, (o, name) => (#result in o ? newProperty(later(o), [name]) : undefined));
    findBase((o) => (#result in o ? later(o as RpcPromise) : undefined));
    promised = (o) => ((o as RpcPromise).#gone ? undefined : (o as RpcPromise).#result);
  }
}

/** Goes on from a promise's result, in the order in which it is asked. */
function later(o: RpcPromise): Base {
  return {
    request(path, args) {
      const result = promised(o);
      if (result === undefined) {
        args?.drop();
        throw new Error("RPC promise used after being disposed.");
      }
      return result.then(
        (value) => follow(value, path, args),
        (e: unknown) => {
          args?.drop();
          throw e;
        },
      );
    },
  };
}

/** Walks the path from a value that arrived. */
function follow(value: unknown, path: readonly string[], args: Parcel | undefined): unknown {
  try {
    let o = value;
    for (let i = 0; ; i++) {
      const base = i === path.length && args === undefined ? undefined : baseOf(o);
      if (base !== undefined) {
        const given = args;
        args = undefined;
        return base.request(path.slice(i), given);
      }
      if (i === path.length) break;
      o = member(o, path[i]!, path[i - 1]);
    }
    if (args === undefined) return o;
    throw noFunction(path.at(-1));
  } catch (e) {
    args?.drop();
    throw told(e);
  }
}

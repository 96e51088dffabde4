import { REFUSAL } from "../codec/classify.ts";
import { noFunction } from "../actor/instance.ts";
import { told } from "../host/error.ts";
import type { Base } from "../refs/hook.ts";
import { pack, type Parcel } from "../refs/parcel.ts";
import { disposeResult } from "../refs/result.ts";
import { member } from "../refs/walk.ts";
import { baseOf, findBase } from "./base.ts";
import { isMember } from "./wildcard.ts";

/**
 * Properties and promises are proxies of one function, for calls make two of them:
 * a function of their own, freed of a function's name and length, would cost ten
 * times as much. Under this key a proxy gives its handler.
 */
const HANDLER = Symbol("handler");
const callee = () => undefined;

abstract class Handler implements ProxyHandler<() => undefined>, Base {
  abstract readonly prototype: object;
  abstract request(path: readonly string[], args: Parcel | undefined): Promise<unknown>;
  abstract member(name: string): RpcProperty;

  get(_target: unknown, name: string | symbol, receiver: unknown): unknown {
    if (name === HANDLER) return this;
    const { prototype } = this;
    if (name === "then") return (prototype as PromiseLike<unknown>).then; // what every await asks for
    return typeof name === "symbol" || Object.hasOwn(prototype, name) || !isMember(name) ? Reflect.get(prototype, name, receiver) : this.member(name);
  }
  apply(_target: unknown, _self: unknown, args: unknown[]): RpcPromise { return invoke(this, [], args); }
  getPrototypeOf(): object { return this.prototype; }
  has(_target: unknown, name: string | symbol): boolean { return isMember(name) || name in this.prototype; }
  getOwnPropertyDescriptor(): undefined { return undefined; }
  ownKeys(): [] { return []; }
  set(): boolean { return false; }
  defineProperty(): boolean { return false; }
  deleteProperty(): boolean { return false; }
  setPrototypeOf(): boolean { return false; }
  preventExtensions(): boolean { return false; }
}

function handlerOf(o: object): Handler {
  const h = (o as { [HANDLER]?: unknown })[HANDLER];
  if (!(h instanceof Handler)) throw new TypeError("Illegal invocation");
  return h;
}

/** Calls what the path leads to. The arguments are copied now. */
export function invoke(base: Base, path: readonly string[], args: unknown[]): RpcPromise {
  let result: Promise<unknown>;
  try {
    result = base.request(path, pack(args, true));
  } catch (e) {
    result = Promise.reject(told(e));
  }
  return new Proxy(callee, new PromiseHandler(result)) as unknown as RpcPromise;
}

export function newProperty(base: Base, path: readonly string[]): RpcProperty {
  return new Proxy(callee, new PropertyHandler(base, path)) as unknown as RpcProperty;
}

/** A member of something at the other end, to be called, read by await, or walked on from. */
export class RpcProperty {
  constructor() {
    throw new TypeError("Illegal constructor");
  }
  then(resolve?: (v: unknown) => unknown, reject?: (e: unknown) => unknown): Promise<unknown> { return handlerOf(this).request([], undefined).then(resolve, reject); }
  catch(reject?: (e: unknown) => unknown): Promise<unknown> { return handlerOf(this).request([], undefined).catch(reject); }
  finally(f?: () => void): Promise<unknown> { return handlerOf(this).request([], undefined).finally(f); }
  get [REFUSAL](): string { return refused(this); }
  get [Symbol.toStringTag](): string { return "JsRpcProperty"; }
}

/** The result of a call, which can be used before it is there. */
export class RpcPromise {
  constructor() {
    throw new TypeError("Illegal constructor");
  }
  then(resolve?: (v: unknown) => unknown, reject?: (e: unknown) => unknown): Promise<unknown> { return (handlerOf(this) as PromiseHandler).then(resolve, reject); }
  catch(reject?: (e: unknown) => unknown): Promise<unknown> { return handlerOf(this).request([], undefined).catch(reject); }
  finally(f?: () => void): Promise<unknown> { return handlerOf(this).request([], undefined).finally(f); }
  /** Disposes of the result, once it is there. */
  [Symbol.dispose](): void { (handlerOf(this) as PromiseHandler).dispose(); }
  get [REFUSAL](): string { return refused(this); }
  get [Symbol.toStringTag](): string { return "JsRpcPromise"; }
}

function refused(o: object): string {
  return `Could not serialize object of type "${o.constructor.name}". This type does not support serialization.`;
}

for (const c of [RpcProperty, RpcPromise]) findBase((o) => (Object.getPrototypeOf(o) === c.prototype ? handlerOf(o) : undefined));

class PropertyHandler extends Handler {
  readonly #base: Base;
  readonly #path: readonly string[];

  constructor(base: Base, path: readonly string[]) {
    super();
    this.#base = base;
    this.#path = path;
  }

  get prototype(): object { return RpcProperty.prototype; }
  member(name: string): RpcProperty { return newProperty(this.#base, [...this.#path, name]); }
  override apply(_target: unknown, _self: unknown, args: unknown[]): RpcPromise { return invoke(this.#base, this.#path, args); }

  request(path: readonly string[], args: Parcel | undefined): Promise<unknown> {
    try {
      return this.#base.request(path.length === 0 ? this.#path : [...this.#path, ...path], args);
    } catch (e) {
      return Promise.reject(told(e));
    }
  }
}

class PromiseHandler extends Handler {
  readonly #result: Promise<unknown>;
  #gone = false;
  /** Once somebody has seen it. */
  #value: unknown;

  constructor(result: Promise<unknown>) {
    super();
    this.#result = result;
  }

  get prototype(): object { return RpcPromise.prototype; }
  member(name: string): RpcProperty { return newProperty(this, [name]); }

  /** Goes on from the result, in the order in which it is asked. */
  request(path: readonly string[], args: Parcel | undefined): Promise<unknown> {
    if (path.length === 0 && args === undefined) return this.#result;
    if (this.#gone) {
      args?.drop();
      throw new Error("RPC promise used after being disposed.");
    }
    return this.#result.then(
      (value) => follow(value, path, args),
      (e: unknown) => {
        args?.drop();
        throw e;
      },
    );
  }

  then(resolve?: (v: unknown) => unknown, reject?: (e: unknown) => unknown): Promise<unknown> {
    const seen = (value: unknown) => {
      this.#value = value;
      return typeof resolve === "function" ? resolve(value) : value;
    };
    return this.#result.then(seen, reject);
  }

  dispose(): void {
    if (this.#gone) return;
    this.#gone = true;
    if (this.#value !== undefined) disposeResult(this.#value);
    else this.#result.then(disposeResult, () => undefined);
  }
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

import { RpcTarget } from "../actor/classes.ts";
import { REFUSAL } from "../codec/classify.ts";
import { disposeWith, Grip, type Hook, RefKind } from "../refs/hook.ts";
import { Local } from "../refs/local.ts";
import type { Parcel } from "../refs/parcel.ts";
import { findBase } from "./base.ts";
import { invoke, newProperty } from "./property.ts";
import { callable, INTERNAL, Stamped } from "./stamped.ts";
import { wildcard } from "./wildcard.ts";

/** What a stub holds; undefined for what is none. */
export let gripOf: (o: object) => Grip | undefined;

/** A stub of a function or object, of another instance or of this one. */
export class RpcStub extends Stamped {
  readonly #grip: Grip;

  constructor(target: unknown, grip?: Grip) {
    const held = target === (INTERNAL as unknown) ? grip! : new Grip(wrap(target));
    const f: RpcStub = callable((...args: unknown[]) => invoke(base(f), [], args), new.target.prototype) as unknown as RpcStub;
    super(f);
    this.#grip = held;
    disposeWith(this, held);
  }

  /** Another stub of the same thing, with an end of its own. */
  dup(): RpcStub {
    const { hook } = this.#grip;
    hook.retain();
    return newStub(new Grip(hook));
  }
  [Symbol.dispose](): void { this.#grip.dispose(); }
  get [REFUSAL](): string { return "#<RpcStub> could not be cloned."; }
  get [Symbol.toStringTag](): string { return "JsRpcStub"; }

  static {
    gripOf = (o) => (#grip in o ? o.#grip : undefined);
    wildcard(this.prototype, (o, name) => (#grip in o ? newProperty(base(o as RpcStub), [name]) : undefined));
    findBase((o) => (#grip in o ? base(o as RpcStub) : undefined));
  }
}

/** Refers to the stub, which the collector must not take while it is used. */
function base(stub: RpcStub) {
  return { request: (path: readonly string[], args: Parcel | undefined) => hookOf(stub, args).request(path, args) };
}

function hookOf(stub: RpcStub, args: Parcel | undefined): Hook {
  try {
    return gripOf(stub)!.hook;
  } catch (e) {
    args?.drop();
    throw e;
  }
}

function wrap(target: unknown): Local {
  if ((typeof target !== "object" && typeof target !== "function") || target === null) {
    throw new TypeError("Failed to construct 'JsRpcStub': constructor parameter 1 is not of type 'Object'.");
  }
  if (typeof target === "function") return new Local(target, RefKind.Function);
  if (Object.getPrototypeOf(target) === Object.prototype || target instanceof RpcTarget) return new Local(target, RefKind.Target);
  throw new TypeError("RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.");
}

/** A stub that holds the grip. */
export function newStub(grip: Grip): RpcStub {
  return new RpcStub(INTERNAL, grip);
}

export function isStub(o: unknown): o is RpcStub {
  return typeof o === "function" && gripOf(o) !== undefined;
}

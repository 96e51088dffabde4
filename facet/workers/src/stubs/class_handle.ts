import { refuseToClone, REFUSAL } from "../codec/classify.ts";
import { clone } from "../codec/values.ts";
import type { HostCall } from "../host/call.ts";
import { checkInternal, INTERNAL, Stamped } from "./stamped.ts";
import type { WorkerRef } from "./worker_ref.ts";

/** A class that a facet may run. */
export interface ClassRef {
  /** Absent for a class of the own worker. */
  readonly worker?: WorkerRef;
  readonly name: string;
  readonly props: unknown;
  /** Of a class of a loaded worker. */
  readonly limits?: object;
}

/** Text of fact F86. */
export const NOT_TRANSFERABLE =
  "Entrypoints to dynamically-loaded workers cannot be transferred to other Workers, because the system does not know how to reload this Worker from scratch. " +
  "Instead, have the parent Worker expose an entrypoint which constructs the dynamic worker and forwards to it.";

/** The reference of a handle; undefined where the value is none. */
export let classOf: (v: unknown) => ClassRef | undefined;

/** What getDurableObjectClass() and ctx.exports.Class({props}) give. */
export class DurableObjectClass extends Stamped {
  readonly #ref: ClassRef;

  constructor(token: symbol, ref: ClassRef, o?: object) {
    checkInternal(token);
    super(o);
    this.#ref = ref;
  }

  get [REFUSAL](): string {
    return this.#ref.worker === undefined ? "Handles of Durable Object classes cannot be passed on yet." : NOT_TRANSFERABLE;
  }
  get [Symbol.toStringTag](): string { return "DurableObjectClass"; }

  static {
    classOf = (v) => (((typeof v === "object" && v !== null) || typeof v === "function") && #ref in v ? v.#ref : undefined);
  }
}

export function newClass(ref: ClassRef): DurableObjectClass {
  return new DurableObjectClass(INTERNAL, ref);
}

/** options.props, copied (fact F39); undefined for none. */
export function propsOf(options: unknown): unknown {
  if (options === undefined || options === null) return undefined;
  if (typeof options !== "object" && typeof options !== "function") throw new TypeError("The options of an export must be an object.");
  return clone((options as { props?: unknown }).props);
}

/** The class as the answer of a facet's callback names it (docs/projects.md). */
export function describeClass(ref: ClassRef, call: HostCall): object {
  const named = { ...ref.worker?.describe(call), name: ref.name, ...(ref.limits === undefined ? {} : { limits: ref.limits }) };
  return ref.props === undefined ? named : { ...named, props: ref.props };
}

refuseToClone(DurableObjectClass);

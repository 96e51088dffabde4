import { cloneError } from "../codec/limits.ts";
import { refuseToClone, REFUSAL } from "../codec/classify.ts";
import type { HostCall } from "../host/call.ts";
import { disposeWith, type Grip } from "../refs/hook.ts";
import { pack } from "../refs/parcel.ts";
import { checkInternal, INTERNAL, Stamped } from "./stamped.ts";
import { entrypointTarget } from "./target.ts";
import type { WorkerRef } from "./worker_ref.ts";

/** A class that a facet may run. */
export interface ClassRef {
  /** Absent for a class of the own worker. */
  readonly worker?: WorkerRef;
  readonly name: string;
  readonly props: unknown;
  /** Of a class of a loaded worker. */
  readonly limits?: object;
  /** Names it for a message (docs/projects.md, References). Throws where it may not travel. */
  reference(): () => object;
  /** Why it cannot be stored or cloned; the usual text where absent. */
  readonly refusal?: string;
  /** Given by another instance: the handle is all there is. */
  readonly given?: true;
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

  get [REFUSAL](): string { return this.#ref.refusal ?? `${this.constructor.name} cannot be serialized in this context.`; }
  get [Symbol.toStringTag](): string { return "DurableObjectClass"; }

  static {
    classOf = (v) => (((typeof v === "object" && v !== null) || typeof v === "function") && #ref in v ? v.#ref : undefined);
  }
}

/** A class of a worker in a loader; it does not travel (fact F86). */
export function newWorkerClass(worker: WorkerRef, name: string, options: unknown, limits: object | undefined): DurableObjectClass {
  const reference = () => {
    throw cloneError(NOT_TRANSFERABLE);
  };
  return new DurableObjectClass(INTERNAL, { worker, name, props: propsOf(options), reference, ...(limits !== undefined && { limits }) });
}

/** A class of the own worker, as ctx.exports.Class({props}) gives it (fact F87). */
export function newClass(name: string, options: unknown): DurableObjectClass {
  const props = propsOf(options);
  return new DurableObjectClass(INTERNAL, { name, props, reference: () => () => ({ target: { entrypoint: entrypointTarget(name, props) } }) });
}

/** A class that another instance gave. */
export function newClassFrom(grip: Grip, handle: () => object): DurableObjectClass {
  const c = new DurableObjectClass(INTERNAL, { name: "", props: undefined, given: true, reference: () => handle });
  disposeWith(c, grip);
  return c;
}

/** options.props, copied (fact F39); undefined for none. Throws DataCloneError (fact L33). */
export function propsOf(options: unknown): unknown {
  if (options === undefined || options === null) return undefined;
  if (typeof options !== "object" && typeof options !== "function") throw new TypeError("The options of an export must be an object.");
  const { props } = options as { props?: unknown };
  return props === undefined ? undefined : pack(props, false).arrive().value();
}

/** The class as the answer of a facet's callback names it (docs/projects.md). */
export function describeClass(handle: unknown, ref: ClassRef, call: HostCall): unknown {
  if (ref.given === true) return handle;
  const named = { ...ref.worker?.describe(call), name: ref.name, ...(ref.limits !== undefined && { limits: ref.limits }) };
  return ref.props === undefined ? named : { ...named, props: ref.props };
}

refuseToClone(DurableObjectClass);

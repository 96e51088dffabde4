import { isClass, isEntrypoint } from "../actor/classes.ts";
import { cloneError } from "../codec/limits.ts";
import { DurableObjectClass, newClass } from "./class_handle.ts";
import { entrypointChannel } from "./entrypoint.ts";
import { newFetcher, ServiceStub } from "./fetcher.ts";
import { DurableObjectNamespace } from "./namespace.ts";
import { callable, INTERNAL } from "./stamped.ts";

class LoopbackServiceStub extends ServiceStub {}
class LoopbackDurableObjectClass extends DurableObjectClass {
  override get [Symbol.toStringTag](): string { return "LoopbackDurableObjectClass"; }
}
class LoopbackDurableObjectNamespace extends DurableObjectNamespace {
  override get [Symbol.toStringTag](): string { return "LoopbackDurableObjectNamespace"; }
}

/** Before it is called with props it is neither stub nor class (fact L33). */
function stays(type: { name: string }) {
  const refusal = `Could not serialize object of type "${type.name}". This type does not support serialization.`;
  const reference = (): never => {
    throw cloneError(refusal);
  };
  return { refusal, reference };
}

/**
 * What ctx.exports holds for an export: a namespace or a class handle for a
 * class, a stub for an entrypoint, each callable with {props}; undefined for
 * what is neither. key is that of the class's namespace, if it has one.
 */
export function loopback(name: string, value: unknown, key: string | undefined): object | undefined {
  if (isEntrypoint(value)) {
    const f = callable((options?: unknown) => newFetcher(entrypointChannel(undefined, name, options)), LoopbackServiceStub.prototype);
    const channel = { ...entrypointChannel(undefined, name, undefined), ...stays(LoopbackServiceStub) };
    return new LoopbackServiceStub(INTERNAL, channel, f);
  }
  if (!isClass(value)) return undefined;
  const specialised = (options?: unknown) => newClass(name, options);
  if (key === undefined) {
    const ref = { name, props: undefined, ...stays(LoopbackDurableObjectClass) };
    return new LoopbackDurableObjectClass(INTERNAL, ref, callable(specialised, LoopbackDurableObjectClass.prototype));
  }
  const f = new LoopbackDurableObjectNamespace(INTERNAL, name, key, callable(specialised, LoopbackDurableObjectNamespace.prototype));
  // Of both kinds: a namespace's class may be a facet's (fact F32).
  return new DurableObjectClass(INTERNAL, { name, props: undefined, ...stays(LoopbackDurableObjectNamespace) }, f);
}

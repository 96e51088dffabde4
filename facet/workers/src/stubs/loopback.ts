import { isClass, isEntrypoint } from "../actor/classes.ts";
import { DurableObjectClass, newClass, propsOf } from "./class_handle.ts";
import { entrypointChannel } from "./entrypoint.ts";
import { Fetcher, newFetcher } from "./fetcher.ts";
import { DurableObjectNamespace } from "./namespace.ts";
import { callable, INTERNAL } from "./stamped.ts";

class LoopbackServiceStub extends Fetcher {}
class LoopbackDurableObjectClass extends DurableObjectClass {
  override get [Symbol.toStringTag](): string { return "LoopbackDurableObjectClass"; }
}
class LoopbackDurableObjectNamespace extends DurableObjectNamespace {
  override get [Symbol.toStringTag](): string { return "LoopbackDurableObjectNamespace"; }
}

/**
 * What ctx.exports holds for an export: a namespace or a class handle for a
 * class, a stub for an entrypoint, each callable with {props}; undefined for
 * what is neither. key is that of the class's namespace, if it has one.
 */
export function loopback(name: string, value: unknown, key: string | undefined): object | undefined {
  if (isEntrypoint(value)) {
    const f = callable((options?: unknown) => newFetcher(entrypointChannel(undefined, name, options)), LoopbackServiceStub.prototype);
    return new LoopbackServiceStub(INTERNAL, entrypointChannel(undefined, name, undefined), f);
  }
  if (!isClass(value)) return undefined;
  const specialised = (options?: unknown) => newClass({ name, props: propsOf(options) });
  if (key === undefined) {
    return new LoopbackDurableObjectClass(INTERNAL, { name, props: undefined }, callable(specialised, LoopbackDurableObjectClass.prototype));
  }
  const f = new LoopbackDurableObjectNamespace(INTERNAL, name, key, callable(specialised, LoopbackDurableObjectNamespace.prototype));
  // Of both kinds: a namespace's class may be a facet's (fact F32).
  return new DurableObjectClass(INTERNAL, { name, props: undefined }, f);
}

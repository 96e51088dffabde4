import { DurableObject, RpcTarget, WorkerEntrypoint } from "../actor/classes.ts";
import { lookup, missing, noFunction } from "../actor/instance.ts";
import { baseOf } from "../stubs/base.ts";
import { pack } from "./parcel.ts";

/** The member of a value that callers may see. Throws NoHandler; at: what led to a value that has none. */
export function member(o: unknown, name: string, at = name): unknown {
  if ((typeof o !== "object" && typeof o !== "function") || o === null) throw missing(at);
  let found: unknown;
  if (typeof o === "function" || Object.getPrototypeOf(o) === Object.prototype) {
    if (Object.hasOwn(o, name)) found = (o as Record<string, unknown>)[name];
  } else if (o instanceof RpcTarget || o instanceof DurableObject || o instanceof WorkerEntrypoint) {
    found = lookup(o, name);
  } else {
    throw missing(at);
  }
  if (found === undefined) throw missing(name);
  return found;
}

/**
 * Walks the path from root and calls what is there, or reads it where args is
 * undefined. Stubs on the way are asked for the rest. Throws NoHandler.
 */
export function dispatch(root: unknown, path: readonly string[], args: (() => unknown[]) | undefined, first?: (o: object, name: string) => unknown): unknown {
  let [self, o]: [unknown, unknown] = [undefined, root];
  for (let i = 0; i < path.length; i++) {
    const base = baseOf(o);
    if (base !== undefined) return base.request(path.slice(i), args === undefined ? undefined : pack(args(), true));
    const name = path[i]!;
    [self, o] = [o, i === 0 && first !== undefined ? first(o as object, name) : member(o, name, path[i - 1])];
    if (o === undefined) throw missing(name);
  }
  if (args === undefined) return o;
  const base = baseOf(o);
  if (base !== undefined) return base.request([], pack(args(), true));
  if (typeof o !== "function") throw noFunction(path.at(-1));
  return Reflect.apply(o, self, args());
}


import { className, describe, isPlatform, REFUSAL } from "../codec/classify.ts";
import { cloneError } from "../codec/limits.ts";

/** The error for an object that has no place in a message. */
export function notSerializable(o: object): Error {
  const own = (o as { [REFUSAL]?: string })[REFUSAL];
  if (own !== undefined) return cloneError(own);
  const plain = typeof o === "object" && !isPlatform(o) && engineOwn.has(className(o));
  return cloneError(plain ? `${describe(o)} could not be cloned.` : `Could not serialize object of type "${className(o)}". This type does not support serialization.`);
}

/** Of the language's own classes the engine speaks. */
const engineOwn = new Set(["Promise", "WeakMap", "WeakSet", "WeakRef", "Generator", "AsyncGenerator", "SharedArrayBuffer", "Symbol"]);

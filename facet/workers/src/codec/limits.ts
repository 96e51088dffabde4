import { DOMException } from "../web/dom_exception.ts";

/** What an encoder or decoder accepts before it refuses. */
export interface Limits {
  readonly depth: number;
  readonly items: number;
}

/** docs/values.md: for everything that leaves the instance or is stored. */
export const wireLimits: Limits = { depth: 128, items: 1_000_000 };

/** structuredClone() stays in the heap, so only the stack needs protection. */
export const heapLimits: Limits = { depth: 4_000, items: Infinity };

export function cloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

export function tooDeep(limits: Limits): DOMException {
  return cloneError(`The value is nested deeper than ${limits.depth} levels.`);
}

export function tooMany(limits: Limits): DOMException {
  return cloneError(`The value has more than ${limits.items} items.`);
}

import { clone } from "../codec/values.ts";
import { cloneError } from "../codec/limits.ts";

/** HTML standard, section 2.7.10; only buffers can be transferred. */
export function structuredClone(value: unknown, options?: { transfer?: Iterable<unknown> }): unknown {
  if (arguments.length === 0) throw new TypeError("Failed to execute 'structuredClone': 1 argument required, but only 0 present.");
  const transfer = options?.transfer === undefined ? [] : [...options.transfer];
  for (const t of transfer) {
    if (!(t instanceof ArrayBuffer) || t.detached) throw cloneError("A value in the transfer list could not be transferred.");
  }
  const copy = clone(value);
  for (const t of transfer) (t as ArrayBuffer).transfer();
  return copy;
}

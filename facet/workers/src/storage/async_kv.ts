import { native } from "../native.ts";
import { decodeStored, encodeStored } from "../codec/values.ts";
import { compareKeys, keyOf } from "./keys.ts";
import { type ListOptions, parseRange, walker } from "./range.ts";

/**
 * The asynchronous methods that storage and txn share (facts T11 to T16). They
 * work at once, since the tables are local; what the caller sees of it waits for
 * the output gate.
 */
export class AsyncKv {
  readonly #owner: string;
  /** Throws where the object may not be used any more; method is the caller's name. */
  readonly #check: (method: string) => void;

  constructor(owner: string, check: (method: string) => void) {
    this.#owner = owner;
    this.#check = check;
  }

  get(keys: unknown): unknown {
    this.#check("get");
    if (!Array.isArray(keys)) return this.#one(keyOf(keys, "get", this.#owner));
    const out = new Map<string, unknown>();
    for (const key of sorted(keys, "get", this.#owner)) {
      const stored = native.kvGet(key);
      if (stored !== undefined) out.set(key, decodeStored(stored));
    }
    return out;
  }

  #one(key: string): unknown {
    const stored = native.kvGet(key);
    return stored === undefined ? undefined : decodeStored(stored);
  }

  put(key: unknown, value: unknown): void {
    this.#check("put");
    if (typeof key === "object" && key !== null) {
      // Encoded first: one that cannot be cloned keeps the others out.
      const encoded = Object.entries(key)
        .filter((e) => e[1] !== undefined)
        .map(([k, v]) => [k.toWellFormed(), encodeStored(v)] as const);
      for (const [k, v] of encoded) native.kvPut(k, v);
      return;
    }
    const k = keyOf(key, "put", this.#owner);
    if (value === undefined) throw new TypeError("put() called with undefined value.");
    native.kvPut(k, encodeStored(value));
  }

  delete(keys: unknown): boolean | number {
    this.#check("delete");
    if (!Array.isArray(keys)) return native.kvDelete(keyOf(keys, "delete", this.#owner));
    let count = 0;
    for (const key of sorted(keys, "delete", this.#owner)) if (native.kvDelete(key)) count++;
    return count;
  }

  list(options?: ListOptions): Map<string, unknown> {
    this.#check("list");
    const next = walker(parseRange(options));
    const out = new Map<string, unknown>();
    for (let pair = next(); pair !== undefined; pair = next()) out.set(pair[0], pair[1]);
    return out;
  }
}

function sorted(keys: unknown[], method: string, owner: string): string[] {
  return keys.map((k) => keyOf(k, method, owner)).sort(compareKeys);
}

import { native } from "../native.ts";
import { refuseToClone } from "../codec/classify.ts";
import { decodeStored, encodeStored } from "../codec/values.ts";
import { keyOf } from "./keys.ts";
import { type ListOptions, parseRange, walker } from "./range.ts";

const OWNER = "SyncKvStorage";
const INVALIDATED =
  "kv.list() iterator was invalidated because a new call to kv.list() was started. Only one kv.list() iterator can exist at a time.";

/** The number of the last list(); an iterator with another one is dead (fact K12). */
let lastList = 0;

/** storage.kv: synchronous, like the catalogue's K rows. */
export class SyncKvStorage {
  get(key: unknown): unknown {
    const stored = native.kvGet(typeof key === "string" && key.isWellFormed() ? key : keyOf(key, "get", OWNER));
    return stored === undefined ? undefined : decodeStored(stored);
  }

  put(key: unknown, value: unknown): void {
    const k = keyOf(key, "put", OWNER);
    native.kvPut(k, encodeStored(value));
  }

  delete(key: unknown): boolean {
    return native.kvDelete(keyOf(key, "delete", OWNER));
  }

  list(options?: ListOptions): IterableIterator<[string, unknown]> {
    const next = walker(parseRange(options));
    const number = ++lastList;
    const iterator: IterableIterator<[string, unknown]> = {
      next() {
        if (number !== lastList) throw new Error(INVALIDATED);
        const pair = next();
        return pair === undefined ? { done: true, value: undefined } : { done: false, value: pair };
      },
      return(value?: unknown) {
        return { done: true, value };
      },
      [Symbol.iterator]: () => iterator,
    };
    return Object.setPrototypeOf(iterator, Iterator.prototype) as typeof iterator;
  }

  get [Symbol.toStringTag](): string { return "SyncKvStorage"; }
}

refuseToClone(SyncKvStorage);

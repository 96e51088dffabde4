import { type Limits, tooDeep, tooMany } from "./limits.ts";
import { malformed, Reader } from "./reader.ts";
import * as tags from "./tags.ts";

const views: Record<string, { new (b: ArrayBuffer): ArrayBufferView; readonly BYTES_PER_ELEMENT?: number }> = {
  DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array,
};
const float16 = (globalThis as { Float16Array?: (typeof views)[string] }).Float16Array;
if (float16 !== undefined) views.Float16Array = float16;

const errors: Record<string, new (message: string) => Error> = {
  Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
  AggregateError: function (message: string) { return new AggregateError([], message); } as unknown as new (message: string) => Error,
};

/** Gives what a value refers to. */
export interface RefReader {
  /** The object for a place; body: of a request or response. Throws where there is none. */
  ref(place: number, body: boolean): object;
  /** The object under a tag whose parts were read. Throws where they don't fit. */
  build(tag: number, parts: unknown): object;
}

/** decodeCBOR reads the item after the form byte. Throws DataCloneError. */
export function decodeCBOR(bytes: Uint8Array, limits: Limits, refs?: RefReader): unknown {
  const reader = new Reader(bytes, 1);
  const value = new Decoder(reader, limits, refs).nested(0);
  if (reader.left > 0) throw malformed("bytes follow it");
  return value;
}

const HOLE = Symbol("hole");
const PENDING = Symbol("pending");

class Decoder {
  readonly #in: Reader;
  readonly #limits: Limits;
  readonly #shared: unknown[] = [];
  readonly #refs: RefReader | undefined;
  #items = 0;
  /** Inside a request or response. */
  #inMessage = false;

  constructor(reader: Reader, limits: Limits, refs: RefReader | undefined) {
    this.#refs = refs;
    this.#in = reader;
    this.#limits = limits;
  }

  #count(n: number): void {
    // Each item takes at least a byte: a lying length is caught before it allocates.
    if (n > this.#in.left) throw malformed("a length is larger than what is left");
    if ((this.#items += n) > this.#limits.items) throw tooMany(this.#limits);
  }

  /** slot: where in #shared the object belongs, -1 for nowhere. */
  value(depth: number, slot: number): unknown {
    const n = this.#in.head();
    switch (this.#in.major) {
      case 0:
        return n;
      case 1:
        return -1 - n;
      case 2:
        return this.#keep(slot, this.#in.bytes(n).slice().buffer);
      case 3:
        return this.#in.text(n);
      case 4:
        return this.#array(n, depth + 1, slot);
      case 5:
        return this.#plain(n, depth + 1, slot);
      case 6:
        return this.#tagged(n, depth, slot);
      default:
        return this.#simple();
    }
  }

  #keep<T>(slot: number, o: T): T {
    if (slot >= 0) this.#shared[slot] = o;
    return o;
  }

  #enter(depth: number): void {
    if (depth > this.#limits.depth) throw tooDeep(this.#limits);
  }

  #simple(): unknown {
    switch (this.#in.info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 23:
        return undefined;
      case 27:
        return this.#in.float64();
      default:
        throw malformed("it has an unknown simple value");
    }
  }

  #array(n: number, depth: number, slot: number): unknown[] {
    this.#enter(depth);
    this.#count(n);
    const a: unknown[] = this.#keep(slot, []);
    for (let i = 0; i < n; i++) {
      const v = this.value(depth, -1);
      if (v === HOLE) a.length = i + 1;
      else a[i] = v;
    }
    return a;
  }

  #plain(n: number, depth: number, slot: number): object {
    this.#enter(depth);
    this.#count(2 * n);
    const o: Record<string, unknown> = this.#keep(slot, {});
    for (let i = 0; i < n; i++) {
      const length = this.#in.head();
      if (this.#in.major !== 3) throw malformed("a key is not a string");
      const key = this.#in.text(length);
      const value = this.nested(depth);
      if (key === "__proto__") Object.defineProperty(o, key, { value, writable: true, enumerable: true, configurable: true });
      else o[key] = value;
    }
    return o;
  }

  /** A value where no hole may be. */
  nested(depth: number): unknown {
    const v = this.value(depth, -1);
    if (v === HOLE) throw malformed("a hole is outside an array");
    return v;
  }

  #tagged(tag: number, depth: number, slot: number): unknown {
    switch (tag) {
      case tags.TAG_DATE:
        return this.#keep(slot, new Date(Math.round(this.#number() * 1000)));
      case tags.TAG_BIG:
        return this.#magnitude();
      case tags.TAG_NEGATIVE_BIG:
        return -1n - this.#magnitude();
      case tags.TAG_SHAREABLE:
        return this.#shareable(depth, slot);
      case tags.TAG_REFERENCE:
        return this.#reference();
      case tags.TAG_SET:
        return this.#set(this.#length(4), depth + 1, slot);
      case tags.TAG_MAP:
        return this.#map(this.#length(5), depth + 1, slot);
      case tags.TAG_REGEXP: {
        const [source, flags] = this.#strings(2);
        return this.#keep(slot, regexp(source!, flags!));
      }
      case tags.TAG_VIEW:
        return this.#keep(slot, this.#view());
      case tags.TAG_ERROR:
        return this.#keep(slot, this.#error());
      case tags.TAG_BOXED:
        return this.#keep(slot, Object(this.#primitive(depth)));
      case tags.TAG_HOLE:
        if (this.#in.head() !== 22 || this.#in.major !== 7) throw malformed("a hole is not null");
        return HOLE;
      case tags.TAG_REF:
        return this.#keep(slot, this.#reader().ref(this.#length(0), this.#inMessage));
      case tags.TAG_HEADERS:
      case tags.TAG_REQUEST:
      case tags.TAG_RESPONSE:
        return this.#keep(slot, this.#built(tag, depth));
      default:
        throw malformed(`it has the unknown tag ${tag}`);
    }
  }

  #reader(): RefReader {
    if (this.#refs === undefined) throw malformed("it refers to something that did not come along");
    return this.#refs;
  }

  #built(tag: number, depth: number): object {
    const outer = this.#inMessage;
    this.#inMessage = true;
    const parts = this.nested(depth);
    this.#inMessage = outer;
    return this.#reader().build(tag, parts);
  }

  #length(major: number): number {
    const n = this.#in.head();
    if (this.#in.major !== major) throw malformed("a tag has the wrong content");
    return n;
  }

  #number(): number {
    this.#in.head();
    if (this.#in.major !== 7 || this.#in.info !== 27) throw malformed("a date is not a float64");
    return this.#in.float64();
  }

  #primitive(depth: number): unknown {
    const v = this.nested(depth);
    if (v === null || v === undefined || typeof v === "object") throw malformed("a boxed value is not a primitive");
    return v;
  }

  #magnitude(): bigint {
    const b = this.#in.bytes(this.#length(2));
    if (b.length === 0) return 0n;
    const hex: string[] = [];
    for (const byte of b) hex.push(byte.toString(16).padStart(2, "0"));
    return BigInt("0x" + hex.join(""));
  }

  #shareable(depth: number, slot: number): unknown {
    if (slot >= 0) throw malformed("an object is shared twice");
    const number = this.#shared.push(PENDING) - 1;
    const v = this.value(depth, number);
    if (this.#shared[number] === PENDING) throw malformed("a shared value is not an object");
    return v;
  }

  #reference(): unknown {
    const n = this.#length(0);
    const v = n < this.#shared.length ? this.#shared[n] : PENDING;
    if (v === PENDING) throw malformed("a reference leads nowhere");
    return v;
  }

  #set(n: number, depth: number, slot: number): Set<unknown> {
    this.#enter(depth);
    this.#count(n);
    const s = this.#keep(slot, new Set<unknown>());
    for (let i = 0; i < n; i++) s.add(this.nested(depth));
    return s;
  }

  #map(n: number, depth: number, slot: number): Map<unknown, unknown> {
    this.#enter(depth);
    this.#count(2 * n);
    const m = this.#keep(slot, new Map<unknown, unknown>());
    for (let i = 0; i < n; i++) m.set(this.nested(depth), this.nested(depth));
    return m;
  }

  #strings(n: number): string[] {
    if (this.#length(4) !== n) throw malformed("a tag has the wrong content");
    const list: string[] = [];
    for (let i = 0; i < n; i++) list.push(this.#in.text(this.#length(3)));
    return list;
  }

  #view(): ArrayBufferView {
    if (this.#length(4) !== 2) throw malformed("a typed array has the wrong content");
    const name = this.#in.text(this.#length(3));
    const bytes = this.#in.bytes(this.#length(2));
    const type = Object.hasOwn(views, name) ? views[name]! : undefined;
    if (type === undefined || bytes.length % (type.BYTES_PER_ELEMENT ?? 1) !== 0) throw malformed("a typed array has the wrong content");
    return new type(bytes.slice().buffer);
  }

  #error(): Error {
    const [name, message, stack] = this.#strings(3);
    const type = Object.hasOwn(errors, name!) ? errors[name!]! : Error;
    const e = new type(message!);
    Object.defineProperty(e, "stack", { value: stack, writable: true, configurable: true });
    return e;
  }
}

function regexp(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw malformed("a regular expression does not compile");
  }
}

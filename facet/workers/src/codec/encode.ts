import { className, kindOf, refusal } from "./classify.ts";
import { cloneError, type Limits, tooDeep, tooMany } from "./limits.ts";
import * as tags from "./tags.ts";
import { Writer } from "./writer.ts";

interface Place {
  /** Where the object's encoding starts. */
  readonly at: number;
  shared: boolean;
  /** Its number among the shared ones. */
  number: number;
}

/** A later occurrence of an object: nothing is written yet at this position. */
interface Reference {
  readonly at: number;
  readonly place: Place;
}

/** Takes what has no encoding of its own (docs/values.md). */
export interface RefWriter {
  /** The place of an object in the list that goes along. Throws where it may not. */
  add(o: object): number;
  /** A tag and what stands under it; undefined for an object that has no such form. */
  part(o: object): { tag: number; value: unknown } | undefined;
  /** The error for an object that is no plain one. */
  refuse(o: object): Error;
}

const errorNames = new Set(["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError", "AggregateError"]);

/** encodeCBOR writes form byte and item. Throws DataCloneError. */
export function encodeCBOR(value: unknown, limits: Limits, refs?: RefWriter): Uint8Array {
  const encoder = new Encoder(limits, refs);
  return encoder.run(value);
}

class Encoder {
  readonly #out = new Writer();
  readonly #places = new Map<object, Place>();
  readonly #limits: Limits;
  /** Without, nothing may be referred to, and instances of classes are plain objects. */
  readonly #refs: RefWriter | undefined;
  #items = 0;
  readonly #references: Reference[] = [];

  constructor(limits: Limits, refs: RefWriter | undefined) {
    this.#limits = limits;
    this.#refs = refs;
  }

  run(value: unknown): Uint8Array {
    this.#out.byte(tags.FORM_CBOR);
    this.#value(value, 0);
    return this.#references.length > 0 ? this.#withReferences() : this.#out.finish();
  }

  #count(n: number): void {
    if ((this.#items += n) > this.#limits.items) throw tooMany(this.#limits);
  }

  #tag(tag: number): void {
    this.#out.head(6, tag);
  }

  #value(v: unknown, depth: number): void {
    switch (typeof v) {
      case "undefined":
        return this.#out.byte(0xf7);
      case "boolean":
        return this.#out.byte(v ? 0xf5 : 0xf4);
      case "number":
        return this.#number(v);
      case "bigint":
        return this.#bigint(v);
      case "string":
        return this.#out.text(v);
      case "object":
        return v === null ? this.#out.byte(0xf6) : this.#object(v, depth + 1);
      case "function":
        if (this.#refs === undefined) throw cloneError(refusal(v));
        return this.#known(v) ? undefined : this.#ref(v);
      default:
        throw cloneError(refusal(v));
    }
  }

  #number(n: number): void {
    if (!Number.isSafeInteger(n) || Object.is(n, -0)) return this.#out.float(n);
    if (n >= 0) this.#out.head(0, n);
    else this.#out.head(1, -1 - n);
  }

  #bigint(n: bigint): void {
    this.#tag(n < 0n ? tags.TAG_NEGATIVE_BIG : tags.TAG_BIG);
    const magnitude = n < 0n ? -1n - n : n;
    let hex = magnitude === 0n ? "" : magnitude.toString(16);
    if (hex.length % 2 === 1) hex = "0" + hex;
    const b = new Uint8Array(hex.length / 2);
    for (let i = 0; i < b.length; i++) b[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
    this.#out.bytes(b);
  }

  /** Whether the object occurred before, to which a reference is then written. */
  #known(o: object): boolean {
    const place = this.#places.get(o);
    if (place !== undefined) {
      // The number is known only at the end; withReferences fills it in.
      place.shared = true;
      this.#references.push({ at: this.#out.length, place });
      return true;
    }
    this.#places.set(o, { at: this.#out.length, shared: false, number: 0 });
    return false;
  }

  #ref(o: object): void {
    const place = this.#refs!.add(o);
    this.#tag(tags.TAG_REF);
    this.#out.head(0, place);
  }

  #object(o: object, depth: number): void {
    if (depth > this.#limits.depth) throw tooDeep(this.#limits);
    if (this.#known(o)) return;
    switch (kindOf(o)) {
      case "array":
        return this.#array(o as unknown[], depth);
      case "map":
        return this.#map(o as Map<unknown, unknown>, depth);
      case "set":
        return this.#set(o as Set<unknown>, depth);
      case "date":
        this.#tag(tags.TAG_DATE);
        return this.#out.float(Date.prototype.getTime.call(o) / 1000);
      case "regexp":
        this.#tag(tags.TAG_REGEXP);
        return this.#strings([(o as RegExp).source, (o as RegExp).flags]);
      case "error":
        return this.#error(o as Error);
      case "buffer":
        return this.#out.bytes(new Uint8Array(o as ArrayBuffer));
      case "view":
        return this.#view(o as ArrayBufferView);
      case "boxed":
        this.#tag(tags.TAG_BOXED);
        return this.#value((o as { valueOf(): unknown }).valueOf(), depth);
      case "refused": {
        if (this.#refs === undefined) throw cloneError(refusal(o));
        const part = this.#refs.part(o);
        if (part === undefined) return this.#ref(o);
        this.#tag(part.tag);
        return this.#value(part.value, depth);
      }
      default:
        if (this.#refs !== undefined && Object.getPrototypeOf(o) !== Object.prototype) throw this.#refs.refuse(o);
        return this.#plain(o as Record<string, unknown>, depth);
    }
  }

  #strings(list: string[]): void {
    this.#out.head(4, list.length);
    for (const s of list) this.#out.text(s);
  }

  #array(a: unknown[], depth: number): void {
    const { length } = a;
    this.#count(length);
    this.#out.head(4, length);
    for (let i = 0; i < length; i++) {
      const v = a[i];
      if (v === undefined && !(i in a)) {
        this.#tag(tags.TAG_HOLE);
        this.#out.byte(0xf6);
      } else {
        this.#value(v, depth);
      }
    }
  }

  #map(m: Map<unknown, unknown>, depth: number): void {
    // Copied first: a getter met below might change the map.
    const pairs = [...Map.prototype.entries.call(m)] as Array<[unknown, unknown]>;
    this.#count(2 * pairs.length);
    this.#tag(tags.TAG_MAP);
    this.#out.head(5, pairs.length);
    for (const [k, v] of pairs) {
      this.#value(k, depth);
      this.#value(v, depth);
    }
  }

  #set(s: Set<unknown>, depth: number): void {
    const items = [...Set.prototype.values.call(s)];
    this.#count(items.length);
    this.#tag(tags.TAG_SET);
    this.#out.head(4, items.length);
    for (const v of items) this.#value(v, depth);
  }

  #error(e: Error): void {
    const name = String(e.name);
    this.#tag(tags.TAG_ERROR);
    this.#strings([errorNames.has(name) ? name : "Error", String(e.message), typeof e.stack === "string" ? e.stack : ""]);
  }

  #view(v: ArrayBufferView): void {
    this.#tag(tags.TAG_VIEW);
    this.#out.head(4, 2);
    // The tag of a typed array is a getter on its intrinsic; a DataView has none.
    this.#out.text(v instanceof DataView ? "DataView" : typedArrayName(v));
    this.#out.bytes(new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  }

  #plain(o: Record<string, unknown>, depth: number): void {
    const keys = Object.keys(o);
    this.#count(2 * keys.length);
    this.#out.head(5, keys.length);
    for (const key of keys) {
      this.#out.text(key);
      this.#value(o[key], depth);
    }
  }

  /** Rebuilds the output with tags 28 and 29 where they belong. */
  #withReferences(): Uint8Array {
    const bytes = this.#out.finish();
    const firsts: Place[] = [];
    // The map keeps the order of first occurrence, hence of positions.
    for (const place of this.#places.values()) if (place.shared) place.number = firsts.push(place) - 1;
    const out = new Writer();
    let done = 0;
    const upTo = (at: number) => {
      out.raw(bytes.subarray(done, at));
      done = at;
    };
    let next = 0;
    for (const { at, place } of this.#references) {
      // A first place at the position of a reference was written after it.
      for (; next < firsts.length && firsts[next]!.at < at; next++) {
        upTo(firsts[next]!.at);
        out.head(6, tags.TAG_SHAREABLE);
      }
      upTo(at);
      out.head(6, tags.TAG_REFERENCE);
      out.head(0, place.number);
    }
    out.raw(bytes.subarray(done));
    return out.finish();
  }
}

const typedTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;

function typedArrayName(v: ArrayBufferView): string {
  return (typedTag.call(v) as string | undefined) ?? className(v);
}

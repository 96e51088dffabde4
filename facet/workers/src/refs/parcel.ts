import { encodePlain, encodeWith } from "../codec/values.ts";
import { Arrivals, type Arrived, Delivery } from "./arrivals.ts";
import { type Departing, departing } from "./departing.ts";
import { notSerializable } from "./refusal.ts";
import { partOf } from "./http_out.ts";
import { RefKind } from "./hook.ts";

/** docs/projects.md: so many references of a message. */
const MAX_REFS = 1024;

/** An encoded value and what it refers to, until it is sent or dropped. */
export class Parcel {
  readonly encoded: string | Uint8Array;
  readonly #refs: readonly Departing[] | undefined;

  constructor(encoded: string | Uint8Array, refs: readonly Departing[] | undefined) {
    this.encoded = encoded;
    this.#refs = refs;
  }

  get empty(): boolean { return this.#refs === undefined; }

  /** The references for a message that is sent now. */
  wire(): object[] | undefined {
    return this.#refs?.map((r) => r.wire());
  }

  /** Lets go of what it refers to; after wire(), too. */
  drop(): void {
    if (this.#refs !== undefined) for (const r of this.#refs) r.drop();
  }

  /** What arrives of it in this instance itself. */
  arrive(): Delivery {
    const refs = this.#refs?.map((r): Arrived => r.arrive());
    this.drop();
    return new Delivery(this.encoded, refs === undefined ? undefined : new Arrivals(refs));
  }
}

/** Collects what a value refers to while it is encoded. */
class Packer {
  readonly refs: Departing[] = [];
  readonly #live: boolean;

  constructor(live: boolean) {
    this.#live = live;
  }

  /** The place of an object without an encoding of its own. Throws where it may not travel. */
  add(o: object): number {
    if (this.refs.length >= MAX_REFS) throw new RangeError(`A value may refer to ${MAX_REFS} functions, objects and streams.`);
    return this.refs.push(departing(o, this.#live)) - 1;
  }

  /** The parts of an object that is rebuilt at the other end. */
  part(o: object): { tag: number; value: unknown } | undefined {
    return partOf(o, this.#live);
  }

  refuse(o: object): Error {
    return notSerializable(o);
  }
}

/**
 * Encodes a value for another instance. live: functions, targets and streams may
 * go along, and not only what outlives an instance (fact L33). end: is disposed of
 * when the receiver is done with the value. Throws DataCloneError, RangeError.
 */
export function pack(value: unknown, live: boolean): Parcel {
  const plain = encodePlain(value);
  if (plain !== undefined) return new Parcel(plain, undefined);
  const packer = new Packer(live);
  const { refs } = packer;
  try {
    const encoded = encodeWith(value, packer);
    if (refs.length === 0) return new Parcel(encoded, undefined);
    const end = live ? disposerOf(value) : undefined;
    if (end !== undefined) refs.push(end);
    return new Parcel(encoded, refs);
  } catch (e) {
    for (const r of refs) r.drop();
    throw e;
  }
}

/** An object's own disposer runs when those who got the object are done with it. */
function disposerOf(value: unknown): Departing | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const dispose = Object.getOwnPropertyDescriptor(value, Symbol.dispose)?.value as unknown;
  if (typeof dispose !== "function") return undefined;
  return departing({ [Symbol.dispose]: () => Reflect.apply(dispose, value, []) }, true, RefKind.Target);
}

import { native } from "../native.ts";
import { cloneError } from "./limits.ts";

const SHORT = 48;

/** Reads CBOR heads and payloads; every length is checked against what is left. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  major = 0;
  /** The low five bits of the last head. */
  info = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(n: number): number {
    if (n > this.left) throw malformed("it ends too early");
    const at = this.#at;
    this.#at += n;
    return at;
  }

  /** head reads an initial byte and its argument; not for floats. */
  head(): number {
    const first = this.#bytes[this.#take(1)]!;
    this.major = first >> 5;
    const info = (this.info = first & 31);
    if (info < 24 || this.major === 7) return info;
    switch (info) {
      case 24:
        return this.#bytes[this.#take(1)]!;
      case 25:
        return this.#view.getUint16(this.#take(2));
      case 26:
        return this.#view.getUint32(this.#take(4));
      case 27: {
        const at = this.#take(8);
        const n = this.#view.getUint32(at) * 0x100000000 + this.#view.getUint32(at + 4);
        if (!Number.isSafeInteger(n)) throw malformed("an integer is too large");
        return n;
      }
      default:
        throw malformed("it has an indefinite length");
    }
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  bytes(n: number): Uint8Array {
    const at = this.#take(n);
    return this.#bytes.subarray(at, at + n);
  }

  text(n: number): string {
    const b = this.bytes(n);
    if (n <= SHORT) {
      let s = "";
      let i = 0;
      for (; i < n && b[i]! < 0x80; i++) s += String.fromCharCode(b[i]!);
      if (i === n) return s;
    }
    try {
      return native.utf8Decode(b, 3);
    } catch {
      throw malformed("a string is not UTF-8");
    }
  }
}

export function malformed(why: string): Error {
  return cloneError(`The encoded value is malformed: ${why}.`);
}

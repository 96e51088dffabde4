import { native } from "../native.ts";

/** Shorter ASCII strings are cheaper to copy here than through the engine. */
const SHORT = 48;

/** A growing buffer that writes CBOR heads and payloads. */
export class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  #need(n: number): void {
    const want = this.length + n;
    if (want <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(want, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  byte(b: number): void {
    this.#need(1);
    this.#bytes[this.length++] = b;
  }

  /** head writes a major type (0 to 7) and its argument, a safe integer. */
  head(major: number, n: number): void {
    this.#need(9);
    const m = major << 5;
    const b = this.#bytes;
    if (n < 24) {
      b[this.length++] = m | n;
    } else if (n < 0x100) {
      b[this.length++] = m | 24;
      b[this.length++] = n;
    } else if (n < 0x10000) {
      b[this.length++] = m | 25;
      this.#view.setUint16(this.length, n);
      this.length += 2;
    } else if (n < 0x100000000) {
      b[this.length++] = m | 26;
      this.#view.setUint32(this.length, n);
      this.length += 4;
    } else {
      b[this.length++] = m | 27;
      this.#view.setUint32(this.length, Math.floor(n / 0x100000000));
      this.#view.setUint32(this.length + 4, n >>> 0);
      this.length += 8;
    }
  }

  float(n: number): void {
    this.#need(9);
    this.#bytes[this.length++] = 0xfb;
    this.#view.setFloat64(this.length, n);
    this.length += 8;
  }

  bytes(b: Uint8Array): void {
    this.head(2, b.length);
    this.raw(b);
  }

  raw(b: Uint8Array): void {
    this.#need(b.length);
    this.#bytes.set(b, this.length);
    this.length += b.length;
  }

  text(s: string): void {
    if (s.length <= SHORT) {
      const start = this.length;
      this.head(3, s.length);
      this.#need(s.length);
      let i = 0;
      for (; i < s.length; i++) {
        const c = s.charCodeAt(i);
        if (c >= 0x80) break;
        this.#bytes[this.length++] = c;
      }
      if (i === s.length) return;
      this.length = start;
    }
    const b = native.utf8Encode(s);
    this.head(3, b.length);
    this.raw(b);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

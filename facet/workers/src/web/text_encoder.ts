import { native } from "../native.ts";

/** Encoding standard, section 7.4. */
export class TextEncoder {
  get encoding(): string { return "utf-8"; }

  encode(input: unknown = ""): Uint8Array {
    return native.utf8Encode(String(input));
  }

  encodeInto(source: unknown, destination: Uint8Array): { read: number; written: number } {
    if (!(destination instanceof Uint8Array)) {
      throw new TypeError("Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is not of type 'Uint8Array'.");
    }
    const s = String(source);
    const bytes = native.utf8Encode(s);
    if (bytes.length <= destination.length) {
      destination.set(bytes);
      return { read: s.length, written: bytes.length };
    }
    let end = destination.length;
    while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--; // not within a character
    destination.set(bytes.subarray(0, end));
    // Each lead byte is one unit, those of four bytes two.
    let read = 0;
    for (let i = 0; i < end; i++) if ((bytes[i]! & 0xc0) !== 0x80) read += bytes[i]! >= 0xf0 ? 2 : 1;
    return { read, written: end };
  }

  get [Symbol.toStringTag](): string { return "TextEncoder"; }
}

import { native } from "../native.ts";
import { bytesOf } from "./bytes.ts";
import { decodeLatin1, utf16Decoder, type UnitDecoder } from "./single_encodings.ts";

/** Labels of the encodings that are provided (Encoding standard, section 4.2). */
const labels: Record<string, string> = {};
for (const l of ["unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8", "x-unicode20utf8"]) labels[l] = "utf-8";
for (const l of ["csunicode", "iso-10646-ucs-2", "ucs-2", "unicode", "unicodefeff", "utf-16", "utf-16le"]) labels[l] = "utf-16le";
for (const l of ["unicodefffe", "utf-16be"]) labels[l] = "utf-16be";
for (const l of [
  "ansi_x3.4-1968", "ascii", "cp1252", "cp819", "csisolatin1", "ibm819", "iso-8859-1", "iso-ir-100", "iso8859-1", "iso88591",
  "iso_8859-1", "iso_8859-1:1987", "l1", "latin1", "us-ascii", "windows-1252", "x-cp1252",
]) labels[l] = "windows-1252";

interface Options {
  fatal?: unknown;
  ignoreBOM?: unknown;
}

/** Encoding standard, section 7.2, for UTF-8, UTF-16 and windows-1252. */
export class TextDecoder {
  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  /** Bytes of an incomplete character at the end of a streamed chunk. */
  #rest: Uint8Array | undefined;
  #bomSeen = false;
  #utf16: UnitDecoder | undefined;

  constructor(label: unknown = "utf-8", options: Options = {}) {
    const key = String(label).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase();
    const encoding = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (encoding === undefined) throw new RangeError(`"${String(label)}" is not a supported encoding.`);
    this.#encoding = encoding;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
  }

  get encoding(): string { return this.#encoding; }
  get fatal(): boolean { return this.#fatal; }
  get ignoreBOM(): boolean { return this.#ignoreBOM; }

  decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: unknown } = {}): string {
    const bytes = input === undefined ? new Uint8Array(0) : bytesOf(input);
    if (bytes === undefined) throw new TypeError("Failed to execute 'decode' on 'TextDecoder': parameter 1 is not of type 'ArrayBuffer or ArrayBufferView'.");
    const more = Boolean(options?.stream);
    if (this.#encoding === "windows-1252") return decodeLatin1(bytes);
    const text = this.#encoding === "utf-8" ? this.#utf8(bytes, more) : (this.#utf16 ??= utf16Decoder(this.#encoding === "utf-16be", this.#fatal)).decode(bytes, more);
    return this.#withoutBOM(text, more);
  }

  #withoutBOM(text: string, more: boolean): string {
    const strip = !this.#bomSeen && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff;
    this.#bomSeen = more && (this.#bomSeen || text !== "");
    return strip ? text.slice(1) : text;
  }

  #utf8(chunk: Uint8Array, more: boolean): string {
    let bytes = chunk;
    if (this.#rest !== undefined) {
      bytes = new Uint8Array(this.#rest.length + chunk.length);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.length);
      this.#rest = undefined;
    }
    if (more) {
      const keep = incomplete(bytes);
      if (keep > 0) this.#rest = bytes.slice(bytes.length - keep);
      bytes = bytes.subarray(0, bytes.length - keep);
    }
    return native.utf8Decode(bytes, this.#fatal ? 3 : 2);
  }

  get [Symbol.toStringTag](): string { return "TextDecoder"; }
}

/** How many bytes at the end may begin a character that the next chunk completes. */
function incomplete(b: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= b.length; back++) {
    const c = b[b.length - back]!;
    if ((c & 0xc0) === 0x80) continue;
    const length = c >= 0xf0 && c <= 0xf4 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc2 && c < 0xe0 ? 2 : 1;
    if (length <= back) return 0;
    // The second byte of some lead bytes is restricted (Unicode table 3-7).
    const second = back >= 2 ? b[b.length - back + 1]! : 0x80;
    const bad = back >= 2 && ((c === 0xe0 && second < 0xa0) || (c === 0xed && second > 0x9f) || (c === 0xf0 && second < 0x90) || (c === 0xf4 && second > 0x8f));
    return bad ? 0 : back;
  }
  return 0;
}

import { native } from "../native.ts";
import { bytesOf, concat } from "./bytes.ts";
import { Content } from "./body/content.ts";
import type { AnyStream } from "./streams.ts";

interface BlobOptions {
  type?: unknown;
  endings?: unknown;
}

export let isBlob: (v: unknown) => v is Blob;
export let blobContent: (b: Blob) => Content;
export let blobBytes: (b: Blob) => Uint8Array;
/** Makes a blob from bytes that it owns from now on. */
export let blobFrom: (bytes: Uint8Array, type: string) => Blob;

/** File API standard, section 3. The bytes are never changed, so slices share them. */
export class Blob {
  #bytes: Uint8Array;
  readonly #type: string;

  constructor(parts: Iterable<unknown> = [], options: BlobOptions = {}) {
    if (typeof parts !== "object" || parts === null || typeof parts[Symbol.iterator] !== "function") {
      throw new TypeError("Failed to construct 'Blob': parameter 1 is not of type 'sequence'.");
    }
    const list: Uint8Array[] = [];
    let total = 0;
    for (const part of parts) {
      const b = typeof part === "object" && part !== null && #bytes in part ? part.#bytes : (bytesOf(part) ?? native.utf8Encode(String(part)));
      list.push(b);
      total += b.length;
    }
    this.#bytes = concat(list, total);
    this.#type = normalType(options?.type);
  }

  get size(): number { return this.#bytes.length; }
  get type(): string { return this.#type; }

  slice(start?: number, end?: number, type?: string): Blob {
    return blobFrom(this.#bytes.subarray(start, end), normalType(type));
  }
  text(): Promise<string> { return Promise.resolve(native.utf8Decode(this.#bytes, 0)); }
  arrayBuffer(): Promise<ArrayBuffer> { return Promise.resolve(this.#bytes.slice().buffer); }
  bytes(): Promise<Uint8Array> { return Promise.resolve(this.#bytes.slice()); }
  stream(): AnyStream { return new Content(this.#bytes.slice(), null).stream(); }
  get [Symbol.toStringTag](): string { return "Blob"; }

  static {
    isBlob = (v): v is Blob => typeof v === "object" && v !== null && #bytes in v;
    blobBytes = (b) => b.#bytes;
    blobContent = (b) => new Content(b.#bytes.slice(), b.#type === "" ? null : b.#type);
    blobFrom = (bytes, type) => {
      const b = new Blob([], { type });
      b.#bytes = bytes;
      return b;
    };
  }
}

function normalType(type: unknown): string {
  const s = type === undefined ? "" : String(type);
  return /[^\x20-\x7e]/.test(s) ? "" : s.toLowerCase();
}

export class File extends Blob {
  readonly #name: string;
  readonly #lastModified: number;

  constructor(parts: Iterable<unknown>, name: string, options: BlobOptions & { lastModified?: unknown } = {}) {
    if (arguments.length < 2) throw new TypeError("Failed to construct 'File': 2 arguments required.");
    super(parts, options);
    this.#name = String(name).toWellFormed();
    this.#lastModified = options?.lastModified === undefined ? Math.floor(native.now()) : Number(options.lastModified);
  }
  get name(): string { return this.#name; }
  get lastModified(): number { return this.#lastModified; }
  override get [Symbol.toStringTag](): string { return "File"; }
}

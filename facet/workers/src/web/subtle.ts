import { native } from "../native.ts";
import { refuseToClone } from "../codec/classify.ts";
import { bytesOf } from "./bytes.ts";
import { DOMException } from "./dom_exception.ts";

const INTERNAL = Symbol("internal");
/** In the order of native.d.ts; the sizes of HMAC's blocks are in bytes. */
const hashes = [
  { name: "SHA-1", block: 64 },
  { name: "SHA-256", block: 64 },
  { name: "SHA-384", block: 128 },
  { name: "SHA-512", block: 128 },
];

function unsupported(what: string): DOMException {
  return new DOMException(`${what} is not supported; there are digests of SHA-1, SHA-256, SHA-384 and SHA-512, and HMAC with raw keys.`, "NotSupportedError");
}

function nameOf(algorithm: unknown): string {
  const name: unknown = typeof algorithm === "object" && algorithm !== null ? (algorithm as { name?: unknown }).name : algorithm;
  if (typeof name !== "string") throw new TypeError("An algorithm must be a string or an object with a name.");
  return name;
}

function hashNumber(algorithm: unknown): number {
  const name = nameOf(algorithm);
  const n = hashes.findIndex((h) => h.name === name.toUpperCase());
  if (n < 0) throw unsupported(`The algorithm ${JSON.stringify(name)}`);
  return n;
}

function needBytes(v: unknown): Uint8Array {
  const b = bytesOf(v);
  if (b === undefined) throw new TypeError("The provided value is not of type '(ArrayBuffer or ArrayBufferView)'.");
  return b;
}

let secretOf: (key: unknown) => { hash: number; bytes: Uint8Array };

/** Web Cryptography, section 13; secret keys for HMAC only. */
export class CryptoKey {
  readonly #hash: number;
  readonly #bytes: Uint8Array;
  readonly extractable: boolean;
  readonly usages: readonly string[];

  constructor(token: symbol, hash: number, bytes: Uint8Array, extractable: boolean, usages: readonly string[]) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#hash = hash;
    this.#bytes = bytes;
    this.extractable = extractable;
    this.usages = usages;
  }

  get type(): string { return "secret"; }
  get algorithm(): object { return { name: "HMAC", hash: { name: hashes[this.#hash]!.name }, length: this.#bytes.length * 8 }; }
  get [Symbol.toStringTag](): string { return "CryptoKey"; }

  static {
    secretOf = (key) => {
      if (typeof key !== "object" || key === null || !(#bytes in key)) throw new TypeError("The provided value is not of type 'CryptoKey'.");
      return { hash: key.#hash, bytes: key.#bytes };
    };
  }
}

function needUsage(key: CryptoKey, usage: string): void {
  if (!key.usages.includes(usage)) throw new DOMException(`The requested operation is not permitted for this key: it lacks the usage "${usage}".`, "InvalidAccessError");
}

function needHMAC(algorithm: unknown): void {
  const name = nameOf(algorithm);
  if (name.toUpperCase() !== "HMAC") throw unsupported(`The algorithm ${JSON.stringify(name)}`);
}

function usagesOf(usages: unknown): string[] {
  const list = [...(usages as Iterable<string>)].map(String);
  if (list.length === 0 || list.some((u) => u !== "sign" && u !== "verify")) throw new DOMException('The usages of an HMAC key are "sign" and "verify".', "SyntaxError");
  return [...new Set(list)];
}

function mac(algorithm: unknown, key: CryptoKey, usage: string, data: unknown): Uint8Array {
  needHMAC(algorithm);
  const { hash, bytes } = secretOf(key);
  needUsage(key, usage);
  return native.hmac(hash, bytes, needBytes(data));
}

/** Compares in a time that depends on the lengths only. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** Web Cryptography, section 14: digests and HMAC. */
export class SubtleCrypto {
  constructor(token: symbol) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
  }

  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    return native.digest(hashNumber(algorithm), needBytes(data)).buffer as ArrayBuffer;
  }

  async importKey(format: unknown, data: unknown, algorithm: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    if (format !== "raw") throw unsupported(`The key format ${JSON.stringify(format)}`);
    needHMAC(algorithm);
    const hash = hashNumber((algorithm as { hash?: unknown }).hash);
    const bytes = needBytes(data).slice();
    if (bytes.length === 0) throw new DOMException("An HMAC key must not be empty.", "DataError");
    return new CryptoKey(INTERNAL, hash, bytes, Boolean(extractable), usagesOf(usages));
  }

  async generateKey(algorithm: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    needHMAC(algorithm);
    const { hash, length } = algorithm as { hash?: unknown; length?: unknown };
    const number = hashNumber(hash);
    const bits = length === undefined ? hashes[number]!.block * 8 : Number(length);
    if (!(bits > 0 && bits % 8 === 0 && bits <= 65536)) throw new DOMException("The length of an HMAC key must be a multiple of 8 up to 65536 bits.", "OperationError");
    const bytes = new Uint8Array(bits / 8);
    native.random(bytes);
    return new CryptoKey(INTERNAL, number, bytes, Boolean(extractable), usagesOf(usages));
  }

  async exportKey(format: unknown, key: CryptoKey): Promise<ArrayBuffer> {
    if (format !== "raw") throw unsupported(`The key format ${JSON.stringify(format)}`);
    const { bytes } = secretOf(key);
    if (!key.extractable) throw new DOMException("The key is not extractable.", "InvalidAccessError");
    return bytes.slice().buffer;
  }

  async sign(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    return mac(algorithm, key, "sign", data).buffer as ArrayBuffer;
  }

  async verify(algorithm: unknown, key: CryptoKey, signature: unknown, data: unknown): Promise<boolean> {
    return equal(mac(algorithm, key, "verify", data), needBytes(signature));
  }

  /** On the peer, too: compares without telling by the time where they differ. */
  timingSafeEqual(a: unknown, b: unknown): boolean {
    const [x, y] = [needBytes(a), needBytes(b)];
    if (x.length !== y.length) throw new TypeError("Input buffers must have the same byte length.");
    return equal(x, y);
  }

  get [Symbol.toStringTag](): string { return "SubtleCrypto"; }
}

export const subtle = new SubtleCrypto(INTERNAL);

refuseToClone(CryptoKey, SubtleCrypto);

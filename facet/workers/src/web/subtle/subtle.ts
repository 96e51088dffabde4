import { refuseToClone } from "../../codec/classify.ts";
import { native } from "../../native.ts";
import { DOMException } from "../dom_exception.ts";
import { algorithmOf, hashNumber, needBytes, type Parameters } from "./algorithms.ts";
import { crypt, derive } from "./ciphers.ts";
import type { JsonWebKey } from "./jwk.ts";
import type { CryptoKey, CryptoKeyPair } from "./key.ts";
import { exportKey, generateKey, importKey, lengthOf } from "./keys.ts";
import { equal, sign, verify } from "./signatures.ts";

const INTERNAL = Symbol("internal");
const bufferOf = (bytes: Uint8Array) => bytes.buffer as ArrayBuffer;

/**
 * Web Cryptography, section 14. Digests and HMAC are the engine's; for everything
 * else the runner has Go's standard library (facet/internal/compute).
 */
export class SubtleCrypto {
  constructor(token: symbol) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
  }

  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    return bufferOf(native.digest(hashNumber(algorithm), needBytes(data)));
  }
  async encrypt(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    return bufferOf(await crypt("encrypt", algorithm, key, data));
  }
  async decrypt(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    return bufferOf(await crypt("decrypt", algorithm, key, data));
  }
  async sign(algorithm: unknown, key: CryptoKey, data: unknown): Promise<ArrayBuffer> {
    return bufferOf(await sign(algorithm, key, data));
  }
  async verify(algorithm: unknown, key: CryptoKey, signature: unknown, data: unknown): Promise<boolean> {
    return verify(algorithm, key, signature, data);
  }
  async generateKey(algorithm: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey | CryptoKeyPair> {
    return generateKey(algorithm, Boolean(extractable), usages);
  }
  async importKey(format: unknown, data: unknown, algorithm: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    return importKey(format, data, algorithm, Boolean(extractable), usages);
  }
  async exportKey(format: unknown, key: CryptoKey): Promise<ArrayBuffer | JsonWebKey> {
    return exportKey(format, key);
  }
  async deriveBits(algorithm: unknown, key: CryptoKey, length: unknown = null): Promise<ArrayBuffer> {
    return bufferOf(await derive(algorithm, key, length === null ? null : Number(length) | 0, "deriveBits"));
  }
  async deriveKey(algorithm: unknown, key: CryptoKey, derived: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    const { name, parameters } = algorithmOf(derived);
    const bits = await derive(algorithm, key, lengthOf(name, parameters), "deriveKey");
    return importKey("raw", bits, { ...parameters, name } satisfies Parameters, Boolean(extractable), usages);
  }
  async wrapKey(format: unknown, key: CryptoKey, wrapping: CryptoKey, algorithm: unknown): Promise<ArrayBuffer> {
    const exported = await exportKey(format, key);
    const bytes = exported instanceof ArrayBuffer ? exported : native.utf8Encode(JSON.stringify(exported));
    return bufferOf(await crypt("encrypt", algorithm, wrapping, bytes, "wrapKey"));
  }
  async unwrapKey(format: unknown, data: unknown, unwrapping: CryptoKey, by: unknown, algorithm: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    const bytes = await crypt("decrypt", by, unwrapping, data, "unwrapKey");
    let key: unknown = bytes;
    if (format === "jwk") {
      try {
        key = JSON.parse(native.utf8Decode(bytes, 1));
      } catch {
        throw new DOMException("What was unwrapped is no JSON Web Key.", "DataError");
      }
    }
    return importKey(format, key, algorithm, Boolean(extractable), usages);
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

refuseToClone(SubtleCrypto);

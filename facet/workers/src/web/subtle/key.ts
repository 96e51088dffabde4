import { refuseToClone } from "../../codec/classify.ts";
import { DOMException } from "../dom_exception.ts";

const INTERNAL = Symbol("internal");

export type Type = "secret" | "private" | "public";
export type Usage = "encrypt" | "decrypt" | "sign" | "verify" | "deriveKey" | "deriveBits" | "wrapKey" | "unwrapKey";

/** What a key shows of its algorithm (Web Cryptography); fields by algorithm. */
export interface KeyAlgorithm {
  readonly name: string;
  readonly length?: number;
  readonly hash?: { readonly name: string };
  readonly namedCurve?: string;
  readonly modulusLength?: number;
  readonly publicExponent?: Uint8Array;
}

export let materialOf: (key: CryptoKey) => Uint8Array;

/** Web Cryptography, section 13. The material is a secret's bytes, PKCS #8 or SPKI. */
export class CryptoKey {
  readonly #material: Uint8Array;
  readonly #type: Type;
  readonly #algorithm: KeyAlgorithm;
  readonly #extractable: boolean;
  readonly #usages: readonly Usage[];

  constructor(token: symbol, type: Type, material: Uint8Array, algorithm: KeyAlgorithm, extractable: boolean, usages: readonly Usage[]) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#type = type;
    this.#material = material;
    this.#algorithm = algorithm;
    this.#extractable = extractable;
    this.#usages = usages;
  }

  get type(): Type { return this.#type; }
  get extractable(): boolean { return this.#extractable; }
  get algorithm(): KeyAlgorithm { return this.#algorithm; }
  get usages(): readonly Usage[] { return this.#usages; }
  get [Symbol.toStringTag](): string { return "CryptoKey"; }

  static {
    materialOf = (key) => {
      if (typeof key !== "object" || key === null || !(#material in key)) throw new TypeError("The provided value is not of type 'CryptoKey'.");
      return key.#material;
    };
  }
}

export function newKey(type: Type, material: Uint8Array, algorithm: KeyAlgorithm, extractable: boolean, usages: readonly Usage[]): CryptoKey {
  return new CryptoKey(INTERNAL, type, material, algorithm, extractable, usages);
}

export interface CryptoKeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

/** The material of a key that is of the algorithm and has the usage. */
export function needKey(key: CryptoKey, name: string, usage: Usage, type?: Type): Uint8Array {
  const material = materialOf(key);
  if (key.algorithm.name !== name) throw new DOMException(`The key is for ${key.algorithm.name}, not for ${name}.`, "InvalidAccessError");
  if (!key.usages.includes(usage)) throw new DOMException(`The requested operation is not permitted for this key: it lacks the usage "${usage}".`, "InvalidAccessError");
  if (type !== undefined && key.type !== type) throw new DOMException(`The operation needs a ${type} key, not a ${key.type} one.`, "InvalidAccessError");
  return material;
}

refuseToClone(CryptoKey);

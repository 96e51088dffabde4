import { bytesOf } from "../bytes.ts";
import { DOMException } from "../dom_exception.ts";
import type { Type, Usage } from "./key.ts";

/** In the order of native.d.ts; the sizes of HMAC's blocks are in bytes. */
export const hashes = [
  { name: "SHA-1", block: 64 },
  { name: "SHA-256", block: 64 },
  { name: "SHA-384", block: 128 },
  { name: "SHA-512", block: 128 },
  { name: "MD5", block: 64 }, // as on the peer, for digests and HMAC
];

/** What kinds of keys an algorithm has, and what each is for. */
const cipher: Usages = { secret: ["encrypt", "decrypt", "wrapKey", "unwrapKey"] };
const signature: Usages = { private: ["sign"], public: ["verify"] };
const agreement: Usages = { private: ["deriveKey", "deriveBits"], public: [] };
const derivation: Usages = { secret: ["deriveKey", "deriveBits"] };
export type Usages = { readonly [T in Type]?: readonly Usage[] };

const algorithms: Record<string, Usages> = {
  HMAC: { secret: ["sign", "verify"] },
  "AES-GCM": cipher,
  "AES-CBC": cipher,
  "AES-CTR": cipher,
  "RSASSA-PKCS1-v1_5": signature,
  "RSA-PSS": signature,
  "RSA-OAEP": { private: ["decrypt", "unwrapKey"], public: ["encrypt", "wrapKey"] },
  ECDSA: signature,
  Ed25519: signature,
  ECDH: agreement,
  X25519: agreement,
  PBKDF2: derivation,
  HKDF: derivation,
};
const names = Object.keys(algorithms);

export function unsupported(what: string): DOMException {
  return new DOMException(`${what} is not supported; there are digests of SHA-1, SHA-256, SHA-384, SHA-512 and MD5, ${names.join(", ")}.`, "NotSupportedError");
}

export type Parameters = Record<string, unknown>;

function nameOf(algorithm: unknown): string {
  const name: unknown = typeof algorithm === "object" && algorithm !== null ? (algorithm as Parameters).name : algorithm;
  if (typeof name !== "string") throw new TypeError("An algorithm must be a string or an object with a name.");
  return name;
}

/** The name in its own case, with the parameters and the usages of its keys. */
export function algorithmOf(algorithm: unknown): { name: string; parameters: Parameters; usages: Usages } {
  const given = nameOf(algorithm);
  const name = names.find((n) => n.toUpperCase() === given.toUpperCase());
  if (name === undefined) throw unsupported(`The algorithm ${JSON.stringify(given)}`);
  return { name, parameters: typeof algorithm === "object" ? (algorithm as Parameters) : {}, usages: algorithms[name]! };
}

export function hashNumber(algorithm: unknown): number {
  const name = nameOf(algorithm);
  const n = hashes.findIndex((h) => h.name === name.toUpperCase());
  if (n < 0) throw unsupported(`The algorithm ${JSON.stringify(name)}`);
  return n;
}

export function hashName(algorithm: unknown): string {
  const { name } = hashes[hashNumber(algorithm)]!;
  if (name === "MD5") throw unsupported("MD5 there");
  return name;
}

export function curveOf(parameters: Parameters): string {
  const curve = parameters.namedCurve;
  if (curve !== "P-256" && curve !== "P-384" && curve !== "P-521") throw unsupported(`The curve ${JSON.stringify(curve)}`);
  return curve;
}

export function needBytes(v: unknown): Uint8Array {
  const b = bytesOf(v);
  if (b === undefined) throw new TypeError("The provided value is not of type '(ArrayBuffer or ArrayBufferView)'.");
  return b;
}

/** In which they are shown. */
const order: readonly Usage[] = ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"];

/** The usages that a key of the type has of those that are asked for, each once. */
export function usagesOf(asked: unknown, possible: readonly Usage[]): Usage[] {
  const list = [...(asked as Iterable<unknown>)].map(String);
  return order.filter((u) => list.includes(u) && possible.includes(u));
}

/** Refuses usages that no key of the algorithm has. */
export function checkUsages(asked: unknown, ...possible: (readonly Usage[] | undefined)[]): void {
  for (const u of asked as Iterable<unknown>) {
    if (!possible.some((list) => list?.includes(String(u) as Usage))) throw new DOMException(`The key cannot have the usage ${JSON.stringify(u)}.`, "SyntaxError");
  }
}

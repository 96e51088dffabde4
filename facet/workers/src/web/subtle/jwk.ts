import { base64Of, bytesOfBase64 } from "../encodings.ts";
import { DOMException } from "../dom_exception.ts";
import type { KeyAlgorithm, CryptoKey } from "./key.ts";

/** RFC 7517. */
export interface JsonWebKey {
  kty?: string;
  k?: string;
  alg?: string;
  ext?: boolean;
  key_ops?: string[];
  [name: string]: unknown;
}

export const toBase64url = (bytes: Uint8Array): string => base64Of(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The bytes of a secret. */
export function secretOfJWK(jwk: JsonWebKey): Uint8Array {
  if (jwk.kty !== "oct" || typeof jwk.k !== "string" || !/^[A-Za-z0-9_-]*$/.test(jwk.k)) throw new DOMException('A secret in a JSON Web Key has the "kty" "oct" and "k" in base64url.', "DataError");
  try {
    return bytesOfBase64(jwk.k.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw new DOMException('"k" is not base64url.', "DataError");
  }
}

/** What a JSON Web Key says about itself must allow what is asked for. */
export function checkJWK(jwk: unknown, extractable: boolean, usages: Iterable<unknown>): JsonWebKey {
  if (typeof jwk !== "object" || jwk === null) throw new TypeError("A JSON Web Key is an object.");
  const key = jwk as JsonWebKey;
  if (key.ext === false && extractable) throw new DOMException('The JSON Web Key says that it is not extractable ("ext").', "DataError");
  if (Array.isArray(key.key_ops)) {
    for (const u of usages) if (!key.key_ops.includes(String(u))) throw new DOMException(`The JSON Web Key is not for ${String(u)} ("key_ops").`, "DataError");
  }
  return key;
}

const digits = (algorithm: KeyAlgorithm) => algorithm.hash!.name.slice(4);

/** The "alg" of a key, where there is one. */
export function algOf(algorithm: KeyAlgorithm): string | undefined {
  switch (algorithm.name) {
    case "HMAC": return "HS" + digits(algorithm);
    case "AES-GCM": case "AES-CBC": case "AES-CTR": return `A${algorithm.length}${algorithm.name.slice(4)}`;
    case "RSASSA-PKCS1-v1_5": return "RS" + digits(algorithm);
    case "RSA-PSS": return "PS" + digits(algorithm);
    case "RSA-OAEP": return algorithm.hash!.name === "SHA-1" ? "RSA-OAEP" : "RSA-OAEP-" + digits(algorithm);
    case "Ed25519": return "EdDSA";
    default: return undefined;
  }
}

export function withAbout(jwk: JsonWebKey, key: CryptoKey): JsonWebKey {
  const alg = algOf(key.algorithm);
  return { ...jwk, ...(alg === undefined ? {} : { alg }), key_ops: [...key.usages], ext: key.extractable };
}

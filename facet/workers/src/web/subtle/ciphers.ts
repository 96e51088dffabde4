import { DOMException } from "../dom_exception.ts";
import { algorithmOf, hashName as hashOf, needBytes, unsupported } from "./algorithms.ts";
import { compute } from "./compute.ts";
import { type CryptoKey, materialOf, needKey, type Usage } from "./key.ts";

const none = new Uint8Array(0);
const optional = (v: unknown) => (v === undefined ? none : needBytes(v));

/** Encrypts or decrypts; usage is what the key must be for. */
export async function crypt(op: "encrypt" | "decrypt", given: unknown, key: CryptoKey, data: unknown, usage: Usage = op): Promise<Uint8Array> {
  const { name, parameters } = algorithmOf(given);
  const text = needBytes(data);
  switch (name) {
    case "AES-GCM": {
      const bits = parameters.tagLength === undefined ? 128 : Number(parameters.tagLength);
      if (![32, 64, 96, 104, 112, 120, 128].includes(bits)) throw new DOMException(`The tag of AES-GCM cannot have ${bits} bits.`, "OperationError");
      return compute({ op, name, bits }, [needKey(key, name, usage), needBytes(parameters.iv), optional(parameters.additionalData), text]);
    }
    case "AES-CBC":
      return compute({ op, name }, [needKey(key, name, usage), needBytes(parameters.iv), none, text]);
    case "AES-CTR":
      return compute({ op, name, bits: Number(parameters.length) | 0 }, [needKey(key, name, usage), needBytes(parameters.counter), none, text]);
    case "RSA-OAEP": {
      const material = needKey(key, name, usage, op === "encrypt" ? "public" : "private");
      return compute({ op, name, hash: key.algorithm.hash!.name }, [material, optional(parameters.label), none, text]);
    }
  }
  throw unsupported(`Encryption by ${name}`);
}

/** Derives bits; length null: all that there are. */
export async function derive(given: unknown, key: CryptoKey, length: number | null, usage: Usage): Promise<Uint8Array> {
  const { name, parameters } = algorithmOf(given);
  if (name === "PBKDF2" || name === "HKDF") {
    const material = needKey(key, name, usage);
    if (length === null || length % 8 !== 0 || length < 0) throw new DOMException("The length to derive must be a multiple of 8 bits.", "OperationError");
    const parts = [material, needBytes(parameters.salt)];
    if (name === "HKDF") return compute({ op: "derive", name, hash: hashOf(parameters.hash), bits: length }, [...parts, needBytes(parameters.info)]);
    const rounds = Number(parameters.iterations);
    if (!(Number.isInteger(rounds) && rounds > 0 && rounds < 2 ** 32)) throw new DOMException("The iterations of PBKDF2 are a number above 0.", "OperationError");
    return compute({ op: "derive", name, hash: hashOf(parameters.hash), bits: length, rounds }, parts);
  }
  if (name !== "ECDH" && name !== "X25519") throw unsupported(`Derivation by ${name}`);
  const material = needKey(key, name, usage, "private");
  const other = parameters.public as CryptoKey;
  if (other?.type !== "public" || other.algorithm?.name !== name || other.algorithm.namedCurve !== key.algorithm.namedCurve) {
    throw new DOMException(`The other key must be a public one for ${name} of the same curve.`, "InvalidAccessError");
  }
  return compute({ op: "derive", name, bits: length ?? 0 }, [material, materialOf(other)]);
}

import { native } from "../../native.ts";
import { DOMException } from "../dom_exception.ts";
import { algorithmOf, checkUsages, curveOf, hashes, hashName, hashNumber, needBytes, type Parameters, unsupported, usagesOf } from "./algorithms.ts";
import { compute, pairOf } from "./compute.ts";
import { checkJWK, type JsonWebKey, secretOfJWK, toBase64url, withAbout } from "./jwk.ts";
import { type CryptoKey, type CryptoKeyPair, type KeyAlgorithm, materialOf, newKey } from "./key.ts";

const isAES = (name: string) => name.startsWith("AES-");
const isRSA = (name: string) => name.startsWith("RSA");
const isCurve = (name: string) => name === "ECDSA" || name === "ECDH";

/** The length of a key that is derived or generated, in bits; null where there is none. */
export function lengthOf(name: string, parameters: Parameters): number | null {
  if (isAES(name)) {
    const bits = Number(parameters.length);
    if (bits !== 128 && bits !== 192 && bits !== 256) throw new DOMException(`The length of an AES key is 128, 192 or 256 bits, not ${String(parameters.length)}.`, "OperationError");
    return bits;
  }
  if (name !== "HMAC") return null;
  if (parameters.length === undefined) return hashes[hashNumber(parameters.hash)]!.block * 8;
  const bits = Number(parameters.length);
  if (!(bits > 0 && bits % 8 === 0 && bits <= 65536)) throw new DOMException("The length of an HMAC key must be a multiple of 8 up to 65536 bits.", "OperationError");
  return bits;
}

/** A secret as a key. */
function secret(name: string, bytes: Uint8Array, parameters: Parameters, extractable: boolean, usages: unknown): CryptoKey {
  const possible = algorithmOf(name).usages.secret!;
  checkUsages(usages, possible);
  const list = usagesOf(usages, possible);
  if (list.length === 0) throw new DOMException("The key needs a usage.", "SyntaxError");
  let algorithm: KeyAlgorithm = { name };
  if (isAES(name)) {
    if (bytes.length !== 16 && bytes.length !== 24 && bytes.length !== 32) throw new DOMException(`An AES key has 16, 24 or 32 bytes, not ${bytes.length}.`, "DataError");
    algorithm = { name, length: bytes.length * 8 };
  } else if (name === "HMAC") {
    if (bytes.length === 0) throw new DOMException("An HMAC key must not be empty.", "DataError");
    algorithm = { name, hash: { name: hashes[hashNumber(parameters.hash)]!.name }, length: bytes.length * 8 };
  } else if (extractable) throw new DOMException(`A key for ${name} is not extractable.`, "SyntaxError");
  return newKey("secret", bytes, algorithm, extractable, list);
}

export async function importKey(format: unknown, data: unknown, given: unknown, extractable: boolean, usages: unknown): Promise<CryptoKey> {
  const { name, parameters, usages: possible } = algorithmOf(given);
  const asked = [...(usages as Iterable<unknown>)];
  const jwk = format === "jwk" ? checkJWK(data, extractable, asked) : undefined;
  if (possible.secret !== undefined) {
    if (jwk === undefined && format !== "raw") throw unsupported(`The key format ${JSON.stringify(format)}`);
    return secret(name, jwk === undefined ? needBytes(data).slice() : secretOfJWK(jwk), parameters, extractable, asked);
  }
  const curve = isCurve(name) ? curveOf(parameters) : undefined;
  const hash = isRSA(name) ? hashName(parameters.hash) : undefined;
  checkUsages(asked, possible.private, possible.public);
  const part = jwk === undefined ? needBytes(data) : native.utf8Encode(JSON.stringify(jwk));
  const [text, material] = pairOf(await compute({ op: "import", name, curve, format: String(format) }, [part]));
  const about = JSON.parse(native.utf8Decode(text, 0)) as { private: boolean; modulus?: number; exponent?: number[] };
  const type = about.private ? "private" : "public";
  checkUsages(asked, possible[type]);
  const list = usagesOf(asked, possible[type]!);
  if (about.private && list.length === 0) throw new DOMException("A private key needs a usage.", "SyntaxError");
  return newKey(type, material, describe(name, curve, hash, about), extractable, list);
}

function describe(name: string, curve: string | undefined, hash: string | undefined, about: { modulus?: number; exponent?: number[] | Uint8Array }): KeyAlgorithm {
  if (curve !== undefined) return { name, namedCurve: curve };
  if (hash !== undefined) return { name, modulusLength: about.modulus!, publicExponent: Uint8Array.from(about.exponent!), hash: { name: hash } };
  return { name };
}

export async function generateKey(given: unknown, extractable: boolean, usages: unknown): Promise<CryptoKey | CryptoKeyPair> {
  const { name, parameters, usages: possible } = algorithmOf(given);
  const asked = [...(usages as Iterable<unknown>)];
  checkUsages(asked, possible.secret, possible.private, possible.public);
  const bits = lengthOf(name, parameters);
  if (bits !== null) {
    const bytes = new Uint8Array(bits / 8);
    native.random(bytes);
    return secret(name, bytes, parameters, extractable, asked);
  }
  if (possible.secret !== undefined) throw unsupported(`Making keys for ${name}`);
  if (usagesOf(asked, possible.private!).length === 0) throw new DOMException("A private key needs a usage.", "SyntaxError");
  const curve = isCurve(name) ? curveOf(parameters) : undefined;
  const hash = isRSA(name) ? hashName(parameters.hash) : undefined;
  const modulus = Number(parameters.modulusLength ?? 0);
  const exponent = isRSA(name) ? needBytes(parameters.publicExponent).slice() : new Uint8Array(0);
  const [priv, pub] = pairOf(await compute({ op: "generate", name, curve, bits: modulus }, [exponent]));
  const algorithm = describe(name, curve, hash, { modulus, exponent });
  return {
    publicKey: newKey("public", pub, algorithm, true, usagesOf(asked, possible.public!)),
    privateKey: newKey("private", priv, algorithm, extractable, usagesOf(asked, possible.private!)),
  };
}

export async function exportKey(format: unknown, key: CryptoKey): Promise<ArrayBuffer | JsonWebKey> {
  const material = materialOf(key);
  if (!key.extractable) throw new DOMException("The key is not extractable.", "InvalidAccessError");
  const name = key.algorithm.name;
  const ask = (format: string) => compute({ op: "export", name, format, private: key.type === "private" }, [material]);
  switch (format) {
    case "raw":
      if (key.type === "private") throw new DOMException("A private key has no raw format.", "InvalidAccessError");
      return (key.type === "secret" ? material.slice() : await ask("raw")).buffer as ArrayBuffer;
    case "jwk":
      return withAbout(key.type === "secret" ? { kty: "oct", k: toBase64url(material) } : (JSON.parse(native.utf8Decode(await ask("jwk"), 0)) as JsonWebKey), key);
    case "spki":
    case "pkcs8":
      if (key.type !== (format === "spki" ? "public" : "private")) throw new DOMException(`A ${key.type} key has no format "${format}".`, "InvalidAccessError");
      return material.slice().buffer as ArrayBuffer;
  }
  throw unsupported(`The key format ${JSON.stringify(format)}`);
}

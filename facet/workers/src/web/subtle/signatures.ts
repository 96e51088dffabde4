import { native } from "../../native.ts";
import { algorithmOf, hashName, hashNumber, needBytes, type Parameters, unsupported } from "./algorithms.ts";
import { compute } from "./compute.ts";
import { type CryptoKey, needKey } from "./key.ts";

/** Compares in a time that depends on the lengths only. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

function mac(key: CryptoKey, usage: "sign" | "verify", data: unknown): Uint8Array {
  return native.hmac(hashNumber(key.algorithm.hash), needKey(key, "HMAC", usage), needBytes(data));
}

/** The parameters of a signature beside the key. */
function details(name: string, parameters: Parameters, key: CryptoKey): { hash?: string; salt?: number } {
  switch (name) {
    case "RSASSA-PKCS1-v1_5": return { hash: key.algorithm.hash!.name };
    case "RSA-PSS": return { hash: key.algorithm.hash!.name, salt: Number(parameters.saltLength) | 0 };
    case "ECDSA": return { hash: hashName(parameters.hash) };
    case "Ed25519": return {};
  }
  throw unsupported(`Signing by ${name}`);
}

export async function sign(given: unknown, key: CryptoKey, data: unknown): Promise<Uint8Array> {
  const { name, parameters } = algorithmOf(given);
  if (name === "HMAC") return mac(key, "sign", data);
  const material = needKey(key, name, "sign", "private");
  return compute({ op: "sign", name, ...details(name, parameters, key) }, [material, needBytes(data)]);
}

export async function verify(given: unknown, key: CryptoKey, signature: unknown, data: unknown): Promise<boolean> {
  const { name, parameters } = algorithmOf(given);
  if (name === "HMAC") return equal(mac(key, "verify", data), needBytes(signature));
  const material = needKey(key, name, "verify", "public");
  const answer = await compute({ op: "verify", name, ...details(name, parameters, key) }, [material, needBytes(signature), needBytes(data)]);
  return answer[0] === 1;
}

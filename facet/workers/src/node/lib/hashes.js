import { runtimeModule } from "facetd:runtime";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha224 } from "@noble/hashes/sha2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { Buffer } from "../buffer.js";
import { invalidType } from "./errors.js";

const native = runtimeModule("facetd:node");

// digest and hmac take all bytes at once. The engine has most.
const inEngine = (number, size) => ({ size, digest: (data) => native.digest(number, data), hmac: (key, data) => native.hmac(number, key, data) });
const inScript = (hash) => ({ size: hash.outputLen, digest: (data) => hash(data), hmac: (key, data) => hmac(hash, key, data) });

const hashes = {
  ripemd160: inScript(ripemd160), sha224: inScript(sha224),
  sha1: inEngine(0, 20), sha256: inEngine(1, 32), sha384: inEngine(2, 48), sha512: inEngine(3, 64), md5: inEngine(4, 16),
};
export const hashNames = Object.keys(hashes);

export function hashOf(name) {
  if (typeof name !== "string") throw invalidType("algorithm", "string", name);
  const found = name.toLowerCase().replace(/^rsa-/, "").replace(/^sha-/, "sha");
  if (!Object.hasOwn(hashes, found)) throw new Error(`Digest method not supported: ${name} (facetd has ${hashNames.join(", ")})`);
  return hashes[found];
}

/** The bytes of a text or view, as they are. */
export function bytesOf(value, name, encoding) {
  if (typeof value === "string") return Buffer.from(value, encoding === "buffer" ? "utf8" : encoding);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw invalidType(name, "string or an instance of Buffer, TypedArray, or DataView", value);
}

export function encoded(bytes, encoding) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

import { scrypt as scryptOf } from "@noble/hashes/scrypt.js";
import { Buffer } from "../buffer.js";
import { invalidType, outOfRange } from "./errors.js";
import { bytesOf, hashOf } from "./hashes.js";

/** RFC 8018 section 5.2; the rounds run in the engine's HMAC. */
export function pbkdf2Sync(password, salt, iterations, length, digest) {
  const { size, hmac } = hashOf(digest);
  if (!(Number.isInteger(iterations) && iterations > 0)) throw outOfRange("iterations", ">= 1", iterations);
  if (!(Number.isInteger(length) && length >= 0 && length <= 2 ** 20)) throw outOfRange("keylen", ">= 0 and <= 1048576", length);
  const key = Uint8Array.from(bytesOf(password, "password"));
  const seed = Buffer.concat([bytesOf(salt, "salt"), Buffer.alloc(4)]);
  const out = Buffer.alloc(Math.ceil(length / size) * size);
  for (let block = 1; (block - 1) * size < length; block++) {
    seed.writeUInt32BE(block, seed.length - 4);
    let u = hmac(key, seed);
    const t = out.subarray((block - 1) * size, block * size);
    t.set(u);
    for (let i = 1; i < iterations; i++) {
      u = hmac(key, u);
      for (let j = 0; j < size; j++) t[j] ^= u[j];
    }
  }
  return out.subarray(0, length);
}

/** RFC 5869. */
export function hkdfSync(digest, key, salt, info, length) {
  const { size, hmac } = hashOf(digest);
  if (!(Number.isInteger(length) && length >= 0 && length <= 255 * size)) throw Object.assign(new RangeError("Invalid key length"), { code: "ERR_CRYPTO_INVALID_KEYLEN" });
  const given = bytesOf(salt, "salt");
  const prk = hmac(given.length === 0 ? new Uint8Array(size) : given, bytesOf(key, "ikm"));
  const out = [];
  let last = new Uint8Array(0);
  for (let n = 1; (n - 1) * size < length; n++) {
    last = hmac(prk, Buffer.concat([last, bytesOf(info, "info"), Buffer.from([n])]));
    out.push(last);
  }
  return new Uint8Array(Buffer.concat(out)).buffer.slice(0, length);
}

/** RFC 7914. As in Node.js what it needs of memory is bounded by maxmem, 32 MiB by default. */
export function scryptSync(password, salt, length, options = {}) {
  const N = options.N ?? options.cost ?? 16384;
  const r = options.r ?? options.blockSize ?? 8;
  const p = options.p ?? options.parallelization ?? 1;
  const most = options.maxmem ?? 32 << 20;
  if (128 * N * r > most) throw Object.assign(new RangeError("Invalid scrypt params: memory limit exceeded"), { code: "ERR_CRYPTO_INVALID_SCRYPT_PARAMS" });
  return Buffer.from(scryptOf(bytesOf(password, "password"), bytesOf(salt, "salt"), { N, r, p, dkLen: length, maxmem: most + 2 ** 20 }));
}

/** The same with a callback as the last argument. */
const later = (f) => (...args) => {
  const callback = args.pop();
  if (typeof callback !== "function") throw invalidType("callback", "function", callback);
  setTimeout(() => {
    let value;
    try {
      value = f(...args);
    } catch (e) {
      return callback(e);
    }
    callback(null, value);
  });
};
export const pbkdf2 = later(pbkdf2Sync);
export const hkdf = later(hkdfSync);
export const scrypt = later(scryptSync);

import { Buffer } from "../buffer.js";
import { bytesOf, encoded, hashOf } from "./hashes.js";

/** Gathers what is to be hashed; the engine takes it in one piece. */
class Gathering {
  #parts;
  #finish;
  #done = false;
  constructor(finish, parts = []) {
    this.#finish = finish;
    this.#parts = parts;
  }
  update(data, encoding) {
    if (this.#done) throw finalized();
    this.#parts.push(Uint8Array.from(bytesOf(data, "data", encoding)));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw finalized();
    this.#done = true;
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    return encoded(this.#finish(bytes), encoding);
  }
  _copy() {
    if (this.#done) throw finalized();
    return [this.#finish, [...this.#parts]];
  }
}

const finalized = () => Object.assign(new Error("Digest already called"), { code: "ERR_CRYPTO_HASH_FINALIZED" });

export class Hash extends Gathering {
  copy() { return new Hash(...this._copy()); }
}
export class Hmac extends Gathering {}

export const createHash = (algorithm) => new Hash(hashOf(algorithm).digest);
export function createHmac(algorithm, key) {
  const hash = hashOf(algorithm);
  const secret = Uint8Array.from(bytesOf(key, "key"));
  return new Hmac((data) => hash.hmac(secret, data));
}
export const hash = (algorithm, data, encoding = "hex") => createHash(algorithm).update(data).digest(encoding);

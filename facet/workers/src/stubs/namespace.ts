import { native } from "../native.ts";
import { idNamespace, isId, newId, type DurableObjectId } from "../actor/id.ts";
import { refuseToClone } from "../codec/classify.ts";
import { bytesOfBase64, hexOf } from "../web/encodings.ts";
import { type DurableObjectStub, newObjectStub } from "./object_stub.ts";
import { checkInternal, INTERNAL, Stamped } from "./stamped.ts";

const SHA256 = 1;
const ID = /^[0-9a-fA-F]{64}$/;
/** Names whose ids are remembered. */
const MAX_IDS = 1024;

/** A namespace of objects; ids are made as docs/projects.md says. */
export class DurableObjectNamespace extends Stamped {
  readonly #name: string;
  readonly #key: Uint8Array;
  /** Tells namespaces apart: a binding and an export may be the same one. */
  readonly #identity: string;
  readonly #ids = new Map<string, string>();

  constructor(token: symbol, name: string, key: string, o?: object) {
    checkInternal(token);
    super(o);
    this.#name = name;
    this.#identity = key;
    this.#key = bytesOfBase64(key);
  }

  idFromName(name: unknown): DurableObjectId {
    need(arguments.length, "idFromName");
    const s = `${name as string}`.toWellFormed();
    let id = this.#ids.get(s);
    if (id === undefined) {
      id = hexOf(native.hmac(SHA256, this.#key, native.utf8Encode("n" + s)));
      if (this.#ids.size >= MAX_IDS) this.#ids.clear();
      this.#ids.set(s, id);
    }
    return newId(id, s, this.#identity);
  }

  newUniqueId(_options?: unknown): DurableObjectId {
    const data = new Uint8Array(17);
    data[0] = "u".charCodeAt(0);
    native.random(data.subarray(1));
    return newId(hexOf(data.subarray(1)) + hexOf(native.hmac(SHA256, this.#key, data).subarray(0, 16)), undefined, this.#identity);
  }

  idFromString(text: unknown): DurableObjectId {
    need(arguments.length, "idFromString");
    const s = `${text as string}`;
    if (!ID.test(s)) throw new TypeError("Invalid Durable Object ID: must be 64 hex digits");
    return newId(s.toLowerCase(), undefined, this.#identity);
  }

  get(id: unknown, _options?: unknown): DurableObjectStub {
    if (!isId(id)) throw new TypeError("Failed to execute 'get' on 'DurableObjectNamespace': parameter 1 is not of type 'DurableObjectId'.");
    const other = idNamespace(id);
    if (other !== undefined && other !== this.#identity) throw new TypeError("The Durable Object ID belongs to another namespace.");
    return newObjectStub(this.#name, id);
  }

  getByName(name: unknown, _options?: unknown): DurableObjectStub {
    need(arguments.length, "getByName");
    return newObjectStub(this.#name, this.idFromName(name));
  }

  /** There is one place only (fact X9). */
  jurisdiction(_name?: unknown): this { return this; }

  get [Symbol.toStringTag](): string { return "DurableObjectNamespace"; }
}

function need(got: number, method: string): void {
  if (got < 1) throw new TypeError(`Failed to execute '${method}' on 'DurableObjectNamespace': parameter 1 is not of type 'string'.`);
}

export function newNamespace(name: string, key: string): DurableObjectNamespace {
  return new DurableObjectNamespace(INTERNAL, name, key);
}

refuseToClone(DurableObjectNamespace);

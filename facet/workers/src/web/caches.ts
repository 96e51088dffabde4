import { refuseToClone } from "../codec/classify.ts";
import { checkInternal, INTERNAL } from "../stubs/stamped.ts";

/** Fact L44: there is no cache behind these, as on a peer without the service. */
function none(): never {
  throw new Error("No Cache was configured");
}

function missing(type: string, method: string): never {
  throw new Error(`Failed to execute '${method}' on '${type}': the method is not implemented.`);
}

function need(args: number, n: number, type: string, method: string, kind: string): void {
  if (args < n) throw new TypeError(`Failed to execute '${method}' on '${type}': parameter ${n} is not of type '${kind}'.`);
}

export class Cache {
  constructor(token?: symbol) { checkInternal(token as symbol); }
  async match(_request?: unknown, _options?: unknown): Promise<never> { need(arguments.length, 1, "Cache", "match", "Request or string"); return none(); }
  async put(_request?: unknown, _response?: unknown): Promise<never> { need(arguments.length, 2, "Cache", "put", "Response"); return none(); }
  async delete(_request?: unknown, _options?: unknown): Promise<never> { need(arguments.length, 1, "Cache", "delete", "Request or string"); return none(); }
  async add(): Promise<never> { return missing("Cache", "add"); }
  async addAll(): Promise<never> { return missing("Cache", "addAll"); }
  async matchAll(): Promise<never> { return missing("Cache", "matchAll"); }
  async keys(): Promise<never> { return missing("Cache", "keys"); }
  get [Symbol.toStringTag](): string { return "Cache"; }
}

export class CacheStorage {
  readonly #default = new Cache(INTERNAL);
  constructor(token?: symbol) { checkInternal(token as symbol); }
  get default(): Cache { return this.#default; }
  async open(_name?: unknown): Promise<Cache> { need(arguments.length, 1, "CacheStorage", "open", "string"); return new Cache(INTERNAL); }
  async match(): Promise<never> { return missing("CacheStorage", "match"); }
  async has(): Promise<never> { return missing("CacheStorage", "has"); }
  async delete(): Promise<never> { return missing("CacheStorage", "delete"); }
  async keys(): Promise<never> { return missing("CacheStorage", "keys"); }
  get [Symbol.toStringTag](): string { return "CacheStorage"; }
}

export const caches = new CacheStorage(INTERNAL);

refuseToClone(Cache, CacheStorage);

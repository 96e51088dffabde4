import { refuseToClone } from "../codec/classify.ts";

const MAX_NAME = 256;

/** The length in bytes of UTF-8, which is what the limit counts (fact F22). */
function utf8Length(s: string): number {
  let n = 0;
  for (const c of s) n += c < "\x80" ? 1 : c < "\u0800" ? 2 : c.length === 1 ? 3 : 4;
  return n;
}

function checkName(name: unknown): void {
  if (utf8Length(`${name as string}`) > MAX_NAME) throw new TypeError("Facet name is too long (max 256 characters).");
}

function unsupported(): Error {
  return new Error("ctx.facets is not supported inside a facet yet; let the supervisor own all facets.");
}

/** ctx.facets: the shape of the catalogue (F1, F10, F21); facets of facets are yet to come. */
export class DurableObjectFacets {
  get(name: unknown, callback?: unknown): never {
    if (typeof callback !== "function") throw new TypeError("Failed to execute 'get' on 'DurableObjectFacets': parameter 2 is not of type 'function'.");
    checkName(name);
    throw unsupported();
  }
  abort(name: unknown, _reason?: unknown): never {
    checkName(name);
    throw unsupported();
  }
  delete(name: unknown): never {
    checkName(name);
    throw unsupported();
  }
  clone(from: unknown, to: unknown): never {
    checkName(from);
    checkName(to);
    throw unsupported();
  }
  get [Symbol.toStringTag](): string { return "DurableObjectFacets"; }
}

refuseToClone(DurableObjectFacets);

import { refuseToClone } from "../codec/classify.ts";

const INTERNAL = Symbol("internal");

/** ctx.id where it is not a plain string (facts F34 to F36). */
export class DurableObjectId {
  readonly #id: string;
  readonly #name: string | undefined;

  constructor(token: symbol, id: string, name: string | undefined) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#id = id;
    this.#name = name;
  }

  get name(): string | undefined { return this.#name; }
  toString(): string { return this.#id; }
  equals(other: unknown): boolean {
    if (typeof other !== "object" || other === null || !(#id in other)) {
      throw new TypeError("Failed to execute 'equals' on 'DurableObjectId': parameter 1 is not of type 'DurableObjectId'.");
    }
    return other.#id === this.#id;
  }
  get [Symbol.toStringTag](): string { return "DurableObjectId"; }
}

export function newId(id: string, name: string | undefined): DurableObjectId {
  return new DurableObjectId(INTERNAL, id, name);
}

refuseToClone(DurableObjectId);

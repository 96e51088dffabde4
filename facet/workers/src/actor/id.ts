import { refuseToClone } from "../codec/classify.ts";

const INTERNAL = Symbol("internal");

export let isId: (v: unknown) => v is DurableObjectId;
/** The namespace that made the id; undefined where it was given. */
export let idNamespace: (id: DurableObjectId) => string | undefined;

/** ctx.id where it is not a plain string (facts F34 to F36). */
export class DurableObjectId {
  readonly #id: string;
  readonly #name: string | undefined;
  readonly #namespace: string | undefined;

  constructor(token: symbol, id: string, name: string | undefined, namespace: string | undefined) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#id = id;
    this.#name = name;
    this.#namespace = namespace;
  }

  get name(): string | undefined { return this.#name; }
  toString(): string { return this.#id; }
  equals(other: unknown): boolean {
    if (!isId(other)) {
      throw new TypeError("Failed to execute 'equals' on 'DurableObjectId': parameter 1 is not of type 'DurableObjectId'.");
    }
    return other.#id === this.#id;
  }
  get [Symbol.toStringTag](): string { return "DurableObjectId"; }

  static {
    isId = (v): v is DurableObjectId => typeof v === "object" && v !== null && #id in v;
    idNamespace = (id) => id.#namespace;
  }
}

export function newId(id: string, name: string | undefined, namespace?: string): DurableObjectId {
  return new DurableObjectId(INTERNAL, id, name, namespace);
}

refuseToClone(DurableObjectId);

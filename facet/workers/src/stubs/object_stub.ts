import type { DurableObjectId } from "../actor/id.ts";
import { ServiceStub, type StubChannel } from "./fetcher.ts";
import { INTERNAL } from "./stamped.ts";

/** A stub of an object of a namespace. */
export class DurableObjectStub extends ServiceStub {
  readonly #id: DurableObjectId;

  constructor(token: symbol, channel: StubChannel, id: DurableObjectId) {
    super(token, channel);
    this.#id = id;
  }

  get id(): DurableObjectId { return this.#id; }
  get name(): string | undefined { return this.#id.name; }
  override get [Symbol.toStringTag](): string { return "DurableObject"; }
}

export function newObjectStub(namespace: string, id: DurableObjectId): DurableObjectStub {
  const { name } = id;
  const target = { object: name === undefined ? { namespace, id: id.toString() } : { namespace, id: id.toString(), name } };
  return new DurableObjectStub(INTERNAL, { target: () => target, reference: () => () => ({ target }) }, id);
}

import type { DurableObjectId } from "../actor/id.ts";
import { ServiceStub, type StubChannel } from "./fetcher.ts";
import { INTERNAL } from "./stamped.ts";

class ObjectChannel implements StubChannel {
  readonly #namespace: string;
  readonly #id: DurableObjectId;

  constructor(namespace: string, id: DurableObjectId) {
    this.#namespace = namespace;
    this.#id = id;
  }

  get callee(): string { return `${this.#namespace}/${this.#id.toString()}`; }

  #named(): object {
    const { name } = this.#id;
    const object = { namespace: this.#namespace, id: this.#id.toString() };
    return { object: name === undefined ? object : { ...object, name } };
  }

  target(): string {
    return JSON.stringify(this.#named());
  }

  reference(): () => object {
    const target = this.#named();
    return () => ({ target });
  }
}

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
  return new DurableObjectStub(INTERNAL, new ObjectChannel(namespace, id), id);
}

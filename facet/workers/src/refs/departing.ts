import { cloneError } from "../codec/limits.ts";
import { describe } from "../codec/classify.ts";
import { RpcTarget } from "../actor/classes.ts";
import { baseOf } from "../stubs/base.ts";
import { classOf } from "../stubs/class_handle.ts";
import { stubChannel } from "../stubs/fetcher.ts";
import { gripOf } from "../stubs/rpc_stub.ts";
import { Stamped } from "../stubs/stamped.ts";
import { isReadableStream, isWritableStream } from "../web/streams.ts";
import type { Arrived } from "./arrivals.ts";
import { Grip, type Hook, RefKind } from "./hook.ts";
import { Handle } from "./handle.ts";
import { Local } from "./local.ts";
import { notSerializable } from "./refusal.ts";
import { BodySource, readableSource, writableSink } from "./streams_out.ts";

/** What a value that is about to be sent refers to. */
export interface Departing {
  /** As the message that is posted now names it (docs/projects.md, References). */
  wire(): object;
  /** As it arrives in this instance itself. */
  arrive(): Arrived;
  drop(): void;
}

/** A thing with holders, of which this is one. */
class Held implements Departing {
  readonly #grip: Grip;
  constructor(hook: Hook) {
    this.#grip = new Grip(hook);
  }
  wire(): object {
    const { hook } = this.#grip;
    return hook instanceof Handle ? { handle: hook.number, kind: hook.kind } : { export: (hook as Local).travel(), kind: hook.kind };
  }
  arrive(): Arrived {
    const { hook } = this.#grip;
    hook.retain();
    return { kind: hook.kind, hook };
  }
  drop(): void { this.#grip.dispose(); }
}

/** A stub or class that leads to a place, not to a process. */
class Placed implements Departing {
  readonly #object: object;
  readonly #kind: RefKind;
  readonly #wire: () => object;
  constructor(object: object, kind: RefKind, wire: () => object) {
    this.#object = object;
    this.#kind = kind;
    this.#wire = wire;
  }
  wire(): object { return { ...this.#wire(), kind: this.#kind }; }
  arrive(): Arrived { return { kind: this.#kind, object: this.#object }; }
  drop(): void {}
}

/** Prepares an object for sending. kind: for an object that is none of the application's. */
export function departing(o: object, live: boolean, kind?: RefKind): Departing {
  if (kind !== undefined) return new Held(new Local(o, kind));
  const grip = gripOf(o);
  if (grip !== undefined) {
    if (!live) throw cloneError("RpcStub cannot be serialized in this context because it is not a persistent stub.");
    const { hook } = grip;
    hook.retain();
    return new Held(hook);
  }
  const channel = stubChannel(o);
  if (channel !== undefined) return new Placed(o, RefKind.Stub, channel.reference());
  const ref = classOf(o);
  if (ref !== undefined) return new Placed(o, RefKind.Class, ref.reference());
  if (o instanceof Stamped || baseOf(o) !== undefined) throw notSerializable(o);
  if (typeof o === "function") {
    if (!live) throw cloneError(`${describe(o)} could not be cloned.`);
    return new Held(new Local(o, RefKind.Function));
  }
  if (o instanceof RpcTarget) {
    if (!live) throw cloneError("Remote RPC references can only be serialized for RPC.");
    return new Held(new Local(o, o instanceof BodySource ? RefKind.Readable : RefKind.Target));
  }
  if (isReadableStream(o)) {
    if (!live) throw cloneError("ReadableStream can only be serialized for RPC.");
    return new Held(new Local(readableSource(o), RefKind.Readable));
  }
  if (isWritableStream(o)) {
    if (!live) throw cloneError("WritableStream can only be serialized for RPC.");
    return new Held(new Local(writableSink(o), RefKind.Writable));
  }
  throw notSerializable(o);
}

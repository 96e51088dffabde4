import { native } from "../native.ts";
import { decodeWith } from "../codec/values.ts";
import { cloneError } from "../codec/limits.ts";
import { newClassFrom } from "../stubs/class_handle.ts";
import { newFetcher } from "../stubs/fetcher.ts";
import { newStub } from "../stubs/rpc_stub.ts";
import type { WireRef } from "./details.ts";
import { disposeWith, Grip, type Hook, RefKind } from "./hook.ts";
import { Handle } from "./handle.ts";
import { build } from "./http_in.ts";
import { exported } from "./local.ts";
import { RemoteBody, writableFrom } from "./streams_in.ts";

/** What came with a value: something that is held from now on, or an object of this instance. */
export interface Arrived {
  readonly kind: RefKind;
  readonly hook?: Hook;
  readonly object?: object;
}

interface Entry {
  readonly kind: RefKind;
  readonly grip: Grip | undefined;
  /** What stands for it here, once somebody asked. */
  object: object | undefined;
}

/** The references of one message. */
export class Arrivals {
  readonly #entries: Entry[];

  constructor(refs: readonly Arrived[]) {
    this.#entries = refs.map(({ kind, hook, object }) => ({ kind, grip: hook === undefined ? undefined : new Grip(hook), object }));
  }

  /** The object for a place in the list; body: the body of a message, which becomes a stream only if somebody asks. */
  ref(place: number, body: boolean): object {
    const entry = this.#entries[place];
    if (entry === undefined) throw cloneError("The value refers to something that did not come along.");
    return (entry.object ??= materialize(entry, body));
  }

  /** An object from the parts of a tag. */
  build(tag: number, parts: unknown): object {
    return build(tag, parts);
  }

  /**
   * Disposes of the stubs, as a call's end does with those of its parameters (peer:
   * RPC lifecycle). Streams end by themselves, and what is durable lasts.
   */
  dispose(): void {
    for (const e of this.#entries) if (e.object === undefined || e.kind <= RefKind.Target) e.grip?.dispose();
  }

  /** Disposes of what nobody asked for. */
  disposeRest(): void {
    for (const e of this.#entries) if (e.object === undefined) e.grip?.dispose();
  }

  /** What nobody asked for lasts as long as the owner. */
  restWith(owner: object): void {
    for (const e of this.#entries) if (e.object === undefined && e.grip !== undefined) disposeWith(owner, e.grip);
  }
}

function materialize({ kind, grip }: Entry, body: boolean): object {
  switch (kind) {
    case RefKind.Function:
    case RefKind.Target:
      return newStub(grip!);
    case RefKind.Stub:
      return newFetcher(heldChannel(grip!), grip);
    case RefKind.Class:
      return newClassFrom(grip!, () => handleOf(grip!));
    case RefKind.Readable: {
      const source = new RemoteBody(grip!);
      return body ? source : source.stream();
    }
    case RefKind.Writable:
      return writableFrom(grip!);
    default:
      throw cloneError("The value refers to something of an unknown kind.");
  }
}

function handleOf(grip: Grip): object {
  return { handle: (grip.hook as Handle).number };
}

function heldChannel(grip: Grip) {
  return { reference: () => () => handleOf(grip), target: () => `{"handle":${(grip.hook as Handle).number}}` };
}

/** References as a message tells them. */
export function arrivalsOf(refs: readonly WireRef[] | undefined): Arrivals | undefined {
  if (refs === undefined || refs.length === 0) return undefined;
  return new Arrivals(
    refs.map(({ kind, handle, yours }) => {
      if (yours === undefined) return { kind, hook: new Handle(handle!, kind) };
      const own = exported(yours);
      own?.retain();
      return own === undefined ? { kind } : { kind, hook: own };
    }),
  );
}

/** Of a message without references. */
let none: Arrivals | undefined;

/** A value that arrived, with what it refers to. */
export class Delivery {
  readonly arrivals: Arrivals | undefined;
  readonly #encoded: string | Uint8Array;

  constructor(encoded: string | Uint8Array, arrivals: Arrivals | undefined) {
    this.#encoded = encoded;
    this.arrivals = arrivals;
  }

  value(): unknown {
    const bytes = typeof this.#encoded === "string" ? native.utf8Encode(this.#encoded) : this.#encoded;
    return bytes.length === 0 ? undefined : decodeWith(bytes, this.arrivals ?? (none ??= new Arrivals([])));
  }

  /** The arguments of a call. */
  list(): unknown[] {
    const list = this.value() ?? [];
    if (!Array.isArray(list)) throw new TypeError("The arguments of a call must be an array.");
    return list;
  }
}

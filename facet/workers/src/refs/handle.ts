import { Out } from "../messages.ts";
import { native } from "../native.ts";
import type { Channel } from "../host/channel.ts";
import { request } from "../host/rpc.ts";
import { type Hook, RefKind } from "./hook.ts";
import type { Parcel } from "./parcel.ts";

const released: number[] = [];

/** In a microtask: behind the messages of this turn that name the handle. */
function release(handle: number): void {
  if (released.push(handle) > 1) return;
  void Promise.resolve().then(() => native.post(Out.Release, 0, 0, JSON.stringify(released.splice(0))));
}

/** Something of another instance's, by its number in the supervisor's table for this one. */
export class Handle implements Hook {
  readonly kind: RefKind;
  readonly channel: Channel;
  readonly number: number;
  #holders = 1;

  /** Held once by whoever makes it. */
  constructor(number: number, kind: RefKind) {
    this.number = number;
    this.kind = kind;
    const target = () => `{"handle":${number}}`;
    this.channel = kind === RefKind.Readable || kind === RefKind.Writable ? { uncounted: true, target } : { target };
  }

  request(path: readonly string[], args: Parcel | undefined): Promise<unknown> {
    this.retain();
    return request(this.channel, path, args, () => this.release());
  }

  retain(): void { this.#holders++; }
  release(): void {
    if (--this.#holders === 0) release(this.number);
  }
}

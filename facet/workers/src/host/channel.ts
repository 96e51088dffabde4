import { MAX_VALUE } from "../messages.ts";
import { native } from "../native.ts";
import type { HostCall } from "./call.ts";

/** Where a stub's calls go. */
export interface Channel {
  /** Calls that the end of the channel fails. */
  readonly calls?: Set<HostCall>;
  /** Set for operations, which do not wait for calls that hang. */
  readonly urgent?: true;
  /** Set for what is no call of others: operations, and streams' reads and writes. */
  readonly uncounted?: true;
  /** Set for global fetch(). */
  readonly outside?: true;
  /** Throws where nothing can be called any more. */
  check?(): void;
  /** The target as docs/projects.md has it. */
  target(call: HostCall): object;
  /** The supervisor said that the instance behind the channel is gone. */
  onReset?(e: Error): void;
}

/** The body of an opening message: length of the target as four little-endian bytes, target, rest. */
export function opening(target: object, rest: Uint8Array | string | undefined): Uint8Array {
  const head = native.utf8Encode(JSON.stringify(target));
  const tail = typeof rest === "string" ? native.utf8Encode(rest) : rest;
  const total = 4 + head.length + (tail?.length ?? 0);
  if (total > MAX_VALUE) throw new RangeError(`The arguments of a call take ${total} bytes, over the limit of ${MAX_VALUE}.`);
  const out = new Uint8Array(total);
  new DataView(out.buffer).setUint32(0, head.length, true);
  out.set(head, 4);
  if (tail !== undefined) out.set(tail, 4 + head.length);
  return out;
}

import { MAX_VALUE, type Out } from "../messages.ts";
import { native } from "../native.ts";
import type { HostCall } from "./call.ts";

/** Where a stub's calls go. */
export interface Channel {
  /** Equal for all channels to one callee; absent: it has no other. */
  readonly callee?: unknown;
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
  /** The target as docs/projects.md has it, in JSON. */
  target(call: HostCall): string;
  /** The supervisor said that the instance behind the channel is gone. */
  onReset?(e: Error): void;
}

/** Posts an opening message: in its body the target goes ahead of the rest. Throws RangeError. */
export function postOpening(kind: Out, id: number, flags: number, s1: string, s2: string | undefined, s3: string | undefined, target: string, rest: Uint8Array | string | undefined): void {
  // A unit takes up to three bytes; only what may be too much is measured.
  const most = 4 + 3 * target.length + (rest === undefined ? 0 : typeof rest === "string" ? 3 * rest.length : rest.length);
  if (most > MAX_VALUE) {
    if (typeof rest === "string") rest = native.utf8Encode(rest);
    const total = 4 + native.utf8Encode(target).length + (rest?.length ?? 0);
    if (total > MAX_VALUE) throw new RangeError(`The arguments of a call take ${total} bytes, over the limit of ${MAX_VALUE}.`);
  }
  native.post(kind, id, flags, s1, s2, s3, rest, target);
}

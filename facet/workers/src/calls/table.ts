import type { Incoming } from "../web/body/incoming.ts";
import type { Request } from "../web/request.ts";
import type { Outgoing } from "./outgoing.ts";

/** A call in progress. */
export interface Call {
  readonly id: number;
  request?: Request;
  /** The request's body while it arrives. */
  incoming?: Incoming;
  /** The response's body while it leaves. */
  outgoing?: Outgoing;
}

export const calls = new Map<number, Call>();

/** Takes the call out of the table; false where it had ended. */
export function endCall(call: Call): boolean {
  call.incoming?.fail(new Error("The request body can no longer be read, because the call has ended."));
  return calls.delete(call.id);
}

import type { Incoming } from "../web/body/incoming.ts";
import type { Request } from "../web/request.ts";
import type { Arrivals } from "../refs/arrivals.ts";
import { leaveContext } from "./context.ts";
import type { Outgoing } from "./outgoing.ts";
import { traceEnd } from "./trace.ts";

/** A call in progress. */
export interface Call {
  readonly id: number;
  /** The answer is complete, or nobody wants it. */
  done: boolean;
  /** A callback: a call of this instance waits for its answer, maybe inside a transaction. */
  readonly passes?: true;
  /** It may be answered with a WebSocket. */
  readonly upgrade?: boolean;
  /** What came with the arguments: stubs are disposed of when the call ends. */
  params?: Arrivals;
  request?: Request;
  /** The request's body while it arrives. */
  incoming?: Incoming;
  /** The response's body, or an answer's parts, while they leave. */
  outgoing?: Pick<Outgoing, "credit" | "cancel">;
}

/** Calls that have outlived the turn that began them. */
export const calls = new Map<number, Call>();

/** The call whose first turn runs; it stands in no table, since most end in it. */
let starting: Call | undefined;

/** Runs the first turn of a call. */
export function startCall(call: Call, run: (call: Call) => void): void {
  beginCall(call);
  run(call);
  keepCall(call);
}

/** The same in two halves, for what should do without a closure. */
export function beginCall(call: Call): void {
  starting = call;
}

export function keepCall(call: Call): void {
  starting = undefined;
  if (!call.done) calls.set(call.id, call);
}

/** The call, also where the watchdog ended its first turn. */
export function findCall(id: number): Call | undefined {
  return starting?.id === id ? starting : calls.get(id);
}

/** Ends the call; false where it had ended. */
export function endCall(call: Call): boolean {
  if (call.done) return false;
  call.done = true;
  call.incoming?.fail(new Error("The request body can no longer be read, because the call has ended."));
  if (call !== starting) calls.delete(call.id);
  call.params?.dispose();
  traceEnd(call.id);
  leaveContext(call.id);
  return true;
}

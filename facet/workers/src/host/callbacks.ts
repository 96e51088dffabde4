import { fail } from "../calls/respond.ts";
import { finish } from "../calls/rpc.ts";
import { startCall } from "../calls/table.ts";
import type { HostCall } from "./call.ts";

/**
 * A function that the supervisor may call while a host call is open. Functions
 * that its own answer names are registered with the same call.
 */
export type Callback = (call: HostCall) => unknown;

interface Entry {
  readonly call: HostCall;
  readonly run: Callback;
}

const table = new Map<number, Entry>();
let last = 0;

export function register(call: HostCall, run: Callback): number {
  table.set(++last, { call, run });
  return last;
}

export function forget(n: number): void {
  table.delete(n);
}

/** Fact F47. */
export const GONE = "The request which initiated this facet startup has already completed.";

/** A Callback message. No gate holds it: what it answers, a call of this instance waits for. */
export function startCallback(id: number, n: number): void {
  startCall({ id, done: false }, (call) => {
    const entry = table.get(n);
    if (entry === undefined) return fail(call, new Error(GONE));
    let result: unknown;
    try {
      result = entry.run(entry.call);
    } catch (e) {
      return fail(call, e);
    }
    Promise.resolve(result).then(
      (value) => finish(call, value),
      (e: unknown) => fail(call, e),
    );
  });
}

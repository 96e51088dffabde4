import { FailureKind } from "../messages.ts";
import { breakInstance } from "../calls/failure.ts";
import { currentCall } from "../loop/current.ts";
import * as gate from "../loop/gate.ts";
import { cancelTimer, startTimer } from "../loop/timers.ts";

/** Fact T21. */
const TIMEOUT_MS = 30_000;
const MAX_DEPTH = 64;
const TOO_LONG = "A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled and the Durable Object was reset.";

/** What a failed section does; while the class is constructed it fails the start. */
let onFailure: (e: unknown) => void = (e) => breakInstance(FailureKind.Exception, e);
const defaultFailure = onFailure;

export function failSectionsWith(f: ((e: unknown) => void) | undefined): void {
  onFailure = f ?? defaultFailure;
}

/**
 * Runs the closure while no other event is delivered. Its exception, or more
 * than 30 seconds, resets the instance.
 */
export async function blockConcurrency(closure: () => unknown): Promise<unknown> {
  if (typeof closure !== "function") throw new TypeError("Failed to execute 'blockConcurrencyWhile' on 'DurableObjectState': parameter 1 is not of type 'function'.");
  if (gate.level() >= MAX_DEPTH) throw new Error("blockConcurrencyWhile() is nested too deeply.");
  const close = gate.openSection(currentCall);
  const timer = startTimer(TIMEOUT_MS, () => onFailure(new Error(TOO_LONG)), true);
  try {
    return await closure();
  } catch (e) {
    onFailure(e);
    throw e;
  } finally {
    cancelTimer(timer);
    close();
  }
}

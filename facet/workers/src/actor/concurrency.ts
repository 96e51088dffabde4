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

/** Begin the sections that wait for another one, each given those behind it. */
type Followers = Array<(rest: Followers) => void>;

/** Those of the section that the running job has opened, until its first microtask. */
let beside: Followers | undefined;
/** How many closures are being called: a section that is opened by one is inside it. */
let entering = 0;

/**
 * Runs the closure while no other event is delivered. Its exception, or more
 * than 30 seconds, resets the instance. Sections that one job opens beside each
 * other, as a constructor may, run one after the other; one that is opened inside
 * another runs at once.
 */
export async function blockConcurrency(closure: () => unknown): Promise<unknown> {
  if (typeof closure !== "function") throw new TypeError("Failed to execute 'blockConcurrencyWhile' on 'DurableObjectState': parameter 1 is not of type 'function'.");
  if (gate.level() >= MAX_DEPTH) throw new Error("blockConcurrencyWhile() is nested too deeply.");
  if (beside === undefined || entering > 0) return await section(currentCall, closure, []);
  const [call, before] = [currentCall, beside];
  return await new Promise((resolve, reject) => before.push((rest) => void section(call, closure, rest).then(resolve, reject)));
}

async function section(call: number, closure: () => unknown, followers: Followers): Promise<unknown> {
  const close = gate.openSection(call);
  const timer = startTimer(TIMEOUT_MS, () => onFailure(new Error(TOO_LONG)), true);
  if (entering === 0) {
    beside = followers;
    void Promise.resolve().then(() => {
      if (beside === followers) beside = undefined;
    });
  }
  try {
    return await enter(closure);
  } catch (e) {
    followers.length = 0;
    onFailure(e);
    throw e;
  } finally {
    cancelTimer(timer);
    followers.shift()?.(followers); // opens its section before this one closes
    close();
  }
}

function enter(closure: () => unknown): unknown {
  entering++;
  try {
    return closure();
  } finally {
    entering--;
  }
}

import { fail } from "../calls/respond.ts";
import { finish } from "../calls/rpc.ts";
import { startCall } from "../calls/table.ts";

/** A function that the supervisor may call. */
export type Callback = () => unknown;

const table = new Map<number, Callback>();
let last = 0;

export function register(run: Callback): number {
  table.set(++last, run);
  return last;
}

export function forget(n: number): void {
  table.delete(n);
}

const owners = new FinalizationRegistry<number>(forget);

/** A number for as long as its owner can be reached, which run must not refer to. */
export function registerFor(owner: object, run: Callback): number {
  const n = register(run);
  owners.register(owner, n);
  return n;
}

/** Fact F47. */
export const GONE = "The request which initiated this facet startup has already completed.";

/** A Callback message. No gate holds it: what it answers, a call of this instance waits for. */
export function startCallback(id: number, n: number): void {
  startCall({ id, done: false, passes: true }, (call) => {
    const run = table.get(n);
    if (run === undefined) return fail(call, new Error(GONE));
    let result: unknown;
    try {
      result = run();
    } catch (e) {
      return fail(call, e);
    }
    Promise.resolve(result).then(
      (value) => finish(call, value),
      (e: unknown) => fail(call, e),
    );
  });
}

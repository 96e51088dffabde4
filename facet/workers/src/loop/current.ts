import { native } from "../native.ts";

/** The call on whose behalf the running turn runs; 0 for none. */
export let currentCall = 0;

/** Counts turns. */
export let turn = 0;

/** Called at the start of a turn, whose message already told the engine. */
export function beginTurn(call: number): void {
  turn++;
  currentCall = call;
}

/** Charges the rest of this turn to another call. */
export function continueAs(call: number): void {
  if (call === currentCall) return;
  currentCall = call;
  native.setCall(call);
}

/** True while the worker's modules are evaluated (fact L41). */
let inGlobalScope = false;

export function setGlobalScope(on: boolean): void {
  inGlobalScope = on;
}

export function refuseInGlobalScope(): void {
  if (inGlobalScope) {
    throw new Error(
      "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, and generating " +
        "random values are not allowed within global scope. To fix this error, perform this operation within a handler.",
    );
  }
}

/** For what only the modules' evaluation may do. */
export function refuseOutsideGlobalScope(): void {
  if (!inGlobalScope) throw new Error("This is possible only while the worker's modules are evaluated.");
}

import { native } from "../native.ts";
import { continueAs, currentCall } from "../loop/current.ts";
import * as gate from "../loop/gate.ts";

interface Waiter extends gate.Event {
  readonly seq: number;
}

/** In order of sequence, since those only grow. */
const waiters: Waiter[] = [];

/** Resolves when everything written so far is durable (fact T18). */
export function whenSynced(): Promise<void> {
  const seq = native.sync();
  return new Promise((resolve) => waiters.push({ seq, call: currentCall, level: gate.level(), run: () => resolve() }));
}

/**
 * Everything up to seq is durable. The first waiter goes on in this turn, each
 * other one in a turn of its own: their writes must not share a transaction.
 */
export function onSynced(seq: number): void {
  let first = true;
  while (waiters.length > 0 && waiters[0]!.seq <= seq) {
    const w = waiters.shift()!;
    if (first && gate.admitsNow(w.level)) {
      first = false;
      continueAs(w.call);
      w.run();
    } else {
      gate.hold(w);
    }
  }
}

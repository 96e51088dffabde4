import { native } from "../native.ts";

interface Waiter {
  readonly seq: number;
  resolve(): void;
}

/** In order of sequence, since those only grow. */
const waiters: Waiter[] = [];

/** Resolves when everything written so far is durable (fact T18). */
export function whenSynced(): Promise<void> {
  const seq = native.sync();
  return new Promise((resolve) => waiters.push({ seq, resolve }));
}

/** Everything up to seq is durable. */
export function onSynced(seq: number): void {
  while (waiters.length > 0 && waiters[0]!.seq <= seq) waiters.shift()!.resolve();
}

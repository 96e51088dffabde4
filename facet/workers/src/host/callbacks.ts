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

/** The function of a number; undefined for a forgotten one. */
export function callbackOf(n: number): Callback | undefined {
  return table.get(n);
}

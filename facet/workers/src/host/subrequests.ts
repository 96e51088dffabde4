/** The production service's text; fact L37. */
export const TOO_MANY = "Too many subrequests by single Worker invocation.";
/** Calls whose counts are kept, also when they are over: waitUntil() may go on. */
const MAX_CALLS = 4096;

let limit: number | undefined;
const counts = new Map<number, number>();

/** n: how many calls of others one call may make; undefined: any number. */
export function limitSubrequests(n: number | undefined): void {
  limit = n;
}

/** Counts a call made on behalf of another; false where it is one too many. */
export function countSubrequest(owner: number): boolean {
  if (limit === undefined) return true;
  const n = counts.get(owner) ?? 0;
  if (n >= limit) return false;
  if (n === 0 && counts.size >= MAX_CALLS) counts.delete(counts.keys().next().value!);
  counts.set(owner, n + 1);
  return true;
}

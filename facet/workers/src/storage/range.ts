import { native } from "../native.ts";
import { decodeStored } from "../codec/values.ts";
import { compareKeys, prefixEnd } from "./keys.ts";

export interface ListOptions {
  start?: unknown;
  startAfter?: unknown;
  end?: unknown;
  prefix?: unknown;
  reverse?: unknown;
  limit?: unknown;
}

/** What list() was asked for: lower bound inclusive unless it is `after`, end exclusive. */
export interface Range {
  low: string | undefined;
  after: boolean;
  end: string | undefined;
  reverse: boolean;
  limit: number;
}

function text(v: unknown): string | undefined {
  return v === undefined || v === null ? undefined : String(v).toWellFormed();
}

/** Facts K10, K11, K14, T16. Throws TypeError. */
export function parseRange(options: ListOptions | undefined | null): Range {
  const o = options ?? {};
  if (typeof o !== "object") throw new TypeError("Failed to execute 'list': parameter 1 is not of type 'ListOptions'.");
  const start = text(o.start);
  const startAfter = text(o.startAfter);
  if (start !== undefined && startAfter !== undefined) throw new TypeError("list() cannot be called with both start and startAfter values.");
  const limit = o.limit === undefined || o.limit === null ? Infinity : Math.trunc(Number(o.limit));
  if (!(limit > 0)) throw new TypeError("List limit must be positive.");
  const range: Range = { low: startAfter ?? start, after: startAfter !== undefined, end: text(o.end), reverse: Boolean(o.reverse), limit };
  const prefix = text(o.prefix);
  if (prefix !== undefined && prefix !== "") {
    if (range.low === undefined || compareKeys(range.low, prefix) < 0) Object.assign(range, { low: prefix, after: false });
    const stop = prefixEnd(prefix);
    if (stop !== undefined && (range.end === undefined || compareKeys(stop, range.end) < 0)) range.end = stop;
  }
  return range;
}

/** Gives one pair after the other; each looks at the table anew (fact K13). */
export function walker(range: Range): () => [string, unknown] | undefined {
  let from = range.reverse ? range.end : range.low;
  // Walking down, the end is exclusive and stands first.
  let inclusive = range.reverse ? false : !range.after;
  const bound = range.reverse ? range.low : range.end;
  let left = range.limit;
  return () => {
    if (left <= 0) return undefined;
    left--;
    const row = native.kvNext(from, inclusive, bound, range.reverse);
    if (row === undefined || (range.reverse && range.after && row[0] === range.low)) {
      left = 0;
      return undefined;
    }
    from = row[0];
    inclusive = false;
    return [row[0], decodeStored(row[1])];
  };
}

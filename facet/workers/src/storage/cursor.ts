import { native } from "../native.ts";
import { refuseToClone } from "../codec/classify.ts";
import { bindingOf } from "./bindings.ts";
import { closeDropped, track, untrack } from "./open_cursors.ts";

export type Row = Record<string, unknown>;

const INTERNAL = Symbol("internal");
const CANCELED = "SQLite query was canceled because the database was deleted.";

/** Counts deleteAll(): cursors from before are dead (fact S20). */
let epoch = 0;

export function cancelCursors(): void {
  epoch++;
}

/** Facts S1 to S20. The first step has run when exec() returns. */
export class SqlStorageCursor {
  readonly #id: number;
  readonly #columns: string[];
  readonly #epoch = epoch;
  /** The row read ahead; undefined at the end. */
  #ahead: unknown[] | undefined;
  /** What the query had read and written when it ended. */
  #final: [number, number] | undefined;

  constructor(token: symbol, sql: string, bindings: unknown[]) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    const values = bindings.map(bindingOf);
    closeDropped(sql);
    const started = native.sqlExec(sql, values);
    this.#id = started.id;
    this.#columns = started.columns;
    this.#ahead = started.row;
    if (started.row === undefined) this.#final = native.sqlStats(this.#id);
    else track(this.#id, this);
  }

  /** There is no row after the one read ahead. */
  #finish(): void {
    this.#ahead = undefined;
    this.#final = native.sqlStats(this.#id);
    untrack(this.#id);
  }

  /** The next row as an array. */
  #take(): unknown[] | undefined {
    const row = this.#ahead;
    if (row === undefined) return undefined;
    if (this.#epoch !== epoch) throw new Error(CANCELED);
    this.#ahead = native.sqlNext(this.#id);
    if (this.#ahead === undefined) this.#finish();
    return row;
  }

  #object(values: unknown[]): Row {
    const row: Row = {};
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++) {
      const name = columns[i]!;
      if (name !== "__proto__") row[name] = values[i]; // fact S7
    }
    return row;
  }

  get columnNames(): string[] { return [...this.#columns]; }
  get rowsRead(): number { return (this.#final ?? native.sqlStats(this.#id))[0]; }
  get rowsWritten(): number { return (this.#final ?? native.sqlStats(this.#id))[1]; }

  next(): { done: false; value: Row } | { done: true; value: undefined } {
    const values = this.#take();
    return values === undefined ? { done: true, value: undefined } : { done: false, value: this.#object(values) };
  }

  toArray(): Row[] {
    const out: Row[] = [];
    for (let values = this.#take(); values !== undefined; values = this.#take()) out.push(this.#object(values));
    return out;
  }

  one(): Row {
    const values = this.#take();
    if (values === undefined) throw new Error("Expected exactly one result from SQL query, but got no results.");
    if (this.#ahead !== undefined) {
      this.#finish();
      native.sqlClose(this.#id);
      throw new Error("Expected exactly one result from SQL query, but got multiple results.");
    }
    return this.#object(values);
  }

  raw(): RawIterator {
    const iterator: RawIterator = {
      next: () => {
        const values = this.#take();
        return values === undefined ? { done: true, value: undefined } : { done: false, value: values };
      },
      toArray: () => [...iterator],
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  [Symbol.iterator](): IterableIterator<Row> {
    return this as unknown as IterableIterator<Row>;
  }
  get [Symbol.toStringTag](): string { return "SqlStorageCursor"; }
}

type RawIterator = IterableIterator<unknown[]> & { toArray(): unknown[][] };

export function startCursor(sql: string, bindings: unknown[]): SqlStorageCursor {
  return new SqlStorageCursor(INTERNAL, sql, bindings);
}

refuseToClone(SqlStorageCursor);

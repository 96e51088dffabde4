import { native } from "../native.ts";
import { refuseToClone } from "../codec/classify.ts";
import { alarmRun, deleteAlarm, getAlarm, restoreAlarmRun, setAlarm } from "./alarm.ts";
import { AsyncKv } from "./async_kv.ts";
import type { ListOptions } from "./range.ts";

const INTERNAL = Symbol("internal");
const enum State {
  Open,
  RolledBack,
  Committed,
}

/** How many transaction() and transactionSync() are open: deleteAll() is refused (fact T13). */
let open = 0;

/** The watchdog ended a turn, and with it whatever transactionSync() was open. */
export function forgetTransactions(): void {
  open = 0;
}

/** Whether something was written that is not committed when the turn ends. */
export function inTransaction(): boolean {
  return open > 0;
}

export function refuseInTransaction(): void {
  if (open > 0) throw new Error("Cannot call deleteAll() within a transaction");
}

/** The object that transaction() gives to its closure (facts T10 to T12). */
export class DurableObjectTransaction {
  readonly #kv: AsyncKv;
  readonly #depth: number;
  readonly #alarmRun = alarmRun();
  #state = State.Open;

  constructor(token: symbol, depth: number) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    this.#depth = depth;
    this.#kv = new AsyncKv("DurableObjectTransaction", (method) => this.#check(method));
  }

  #check(method: string): void {
    if (this.#state === State.RolledBack) throw new Error(`Cannot ${method}() on rolled back transaction`);
    if (this.#state === State.Committed) {
      throw new Error(`Cannot call ${method}() on transaction that has already committed: did you move \`txn\` outside of the closure?`);
    }
  }

  async get(key: unknown): Promise<unknown> { return this.#kv.get(key); }
  async put(key: unknown, value?: unknown): Promise<void> { return this.#kv.put(key, value); }
  async delete(key: unknown): Promise<boolean | number> { return this.#kv.delete(key); }
  async list(options?: ListOptions): Promise<Map<string, unknown>> { return this.#kv.list(options); }
  async getAlarm(_options?: unknown): Promise<number | null> { this.#check("getAlarm"); return getAlarm(); }
  async setAlarm(time: unknown, _options?: unknown): Promise<void> { this.#check("setAlarm"); setAlarm(time, "DurableObjectTransaction"); }
  async deleteAlarm(_options?: unknown): Promise<void> { this.#check("deleteAlarm"); deleteAlarm(); }
  deleteAll(): never { throw new Error("Cannot call deleteAll() within a transaction"); }

  rollback(): void {
    if (this.#state === State.RolledBack) return;
    this.#check("rollback");
    this.#state = State.RolledBack;
    native.rollbackTo(this.#depth);
    restoreAlarmRun(this.#alarmRun);
  }

  get [Symbol.toStringTag](): string { return "DurableObjectTransaction"; }

  /** Runs the closure in a savepoint, keeping the implicit transaction across turns. */
  static async [INTERNAL](closure: (txn: DurableObjectTransaction) => unknown): Promise<unknown> {
    if (open++ === 0) {
      // What the turn wrote before is no part of it; calls made in the transaction leave behind that.
      native.sync();
      native.holdTransaction(true);
    }
    try {
      const txn = new DurableObjectTransaction(INTERNAL, native.savepoint());
      try {
        const result = await closure(txn);
        if (txn.#state === State.Open) native.release(txn.#depth);
        txn.#state = txn.#state === State.Open ? State.Committed : txn.#state;
        return result;
      } catch (e) {
        if (txn.#state === State.Open) txn.rollback();
        throw e;
      }
    } finally {
      if (--open === 0) native.holdTransaction(false);
    }
  }
}

export function runTransaction(closure: (txn: DurableObjectTransaction) => unknown): Promise<unknown> {
  return DurableObjectTransaction[INTERNAL](closure);
}

/** Facts T9; nests as savepoints do. */
export function runTransactionSync<T>(closure: () => T): T {
  const depth = native.savepoint();
  const run = alarmRun();
  open++;
  try {
    const result = closure();
    native.release(depth);
    return result;
  } catch (e) {
    native.rollbackTo(depth);
    restoreAlarmRun(run);
    throw e;
  } finally {
    open--;
  }
}

refuseToClone(DurableObjectTransaction);

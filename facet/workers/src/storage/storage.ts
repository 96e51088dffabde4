import { native } from "../native.ts";
import { deleteAllFacets } from "../actor/facets.ts";
import { refuseToClone } from "../codec/classify.ts";
import { blockConcurrency } from "../actor/concurrency.ts";
import { deleteAlarm, getAlarm, keepAlarm, setAlarm } from "./alarm.ts";
import { AsyncKv } from "./async_kv.ts";
import { cancelCursors } from "./cursor.ts";
import { SyncKvStorage } from "./kv.ts";
import type { ListOptions } from "./range.ts";
import { SqlStorage } from "./sql.ts";
import { whenSynced } from "./synced.ts";
import { type DurableObjectTransaction, refuseInTransaction, runTransaction, runTransactionSync } from "./transaction.ts";

const NO_RECOVERY = "This Durable Object's storage back-end does not implement point-in-time recovery.";

/** Whether deleteAll() takes the alarm along (fact T19). */
let deletesAlarm = true;

export function deleteAllSince(compatibilityDate: string): void {
  deletesAlarm = compatibilityDate >= "2026-02-24";
}

/** ctx.storage. There is one database, so the objects have no state of their own. */
export class DurableObjectStorage {
  readonly #async = new AsyncKv("DurableObjectStorage", () => undefined);
  readonly #kv = new SyncKvStorage();
  readonly #sql = new SqlStorage();

  get kv(): SyncKvStorage { return this.#kv; }
  get sql(): SqlStorage { return this.#sql; }

  async get(key: unknown, _options?: unknown): Promise<unknown> { return this.#async.get(key); }
  async put(key: unknown, value?: unknown, _options?: unknown): Promise<void> { return this.#async.put(key, value); }
  async delete(key: unknown, _options?: unknown): Promise<boolean | number> { return this.#async.delete(key); }
  async list(options?: ListOptions): Promise<Map<string, unknown>> { return this.#async.list(options); }

  async deleteAll(_options?: unknown): Promise<void> {
    refuseInTransaction();
    cancelCursors();
    const alarm = deletesAlarm ? undefined : native.alarmGet();
    native.deleteAll();
    keepAlarm(alarm);
    await deleteAllFacets();
  }

  transactionSync<T>(closure: () => T): T {
    if (typeof closure !== "function") throw new TypeError("Failed to execute 'transactionSync' on 'DurableObjectStorage': parameter 1 is not of type 'function'.");
    return runTransactionSync(closure);
  }

  async transaction(closure: (txn: DurableObjectTransaction) => unknown): Promise<unknown> {
    if (typeof closure !== "function") throw new TypeError("Failed to execute 'transaction' on 'DurableObjectStorage': parameter 1 is not of type 'function'.");
    // An exception only rolls back: the section closes as if all were well.
    const outcome = (await blockConcurrency(() =>
      runTransaction(closure).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
    )) as { value: unknown } | { error: unknown };
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  sync(): Promise<void> { return whenSynced(); }

  async getAlarm(_options?: unknown): Promise<number | null> { return getAlarm(); }
  async setAlarm(time: unknown, _options?: unknown): Promise<void> { setAlarm(time, "DurableObjectStorage"); }
  async deleteAlarm(_options?: unknown): Promise<void> { deleteAlarm(); }

  /** A local dummy, as on the peer (fact T20). */
  async getCurrentBookmark(): Promise<string> { return `00000000-00000000-00000000-${"0".repeat(32)}`; }
  async getBookmarkForTime(): Promise<never> { throw new Error(NO_RECOVERY); }
  async onNextSessionRestoreBookmark(): Promise<never> { throw new Error(NO_RECOVERY); }

  get [Symbol.toStringTag](): string { return "DurableObjectStorage"; }
}

refuseToClone(DurableObjectStorage);

import { native } from "../native.ts";
import { refuseToClone } from "../codec/classify.ts";
import { SqlStorageCursor, startCursor } from "./cursor.ts";

/** storage.sql (facts S1, S2). */
export class SqlStorage {
  exec(sql: unknown, ...bindings: unknown[]): SqlStorageCursor {
    if (arguments.length === 0) throw new TypeError("Failed to execute 'exec' on 'SqlStorage': parameter 1 is not of type 'string'.");
    return startCursor(String(sql), bindings);
  }
  get databaseSize(): number { return native.databaseSize(); }
  get Cursor(): typeof SqlStorageCursor { return SqlStorageCursor; }
  get [Symbol.toStringTag](): string { return "SqlStorage"; }
}

refuseToClone(SqlStorage);

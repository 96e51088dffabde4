// The contract between the runtime surface (TypeScript, this folder) and the
// engine glue (C, facet/js). The glue puts one object, `__native`, on the global
// object before it evaluates the bundled runtime; the runtime takes it into a
// closure and deletes the global, so application code never sees it.
//
// All functions are synchronous, run on the JavaScript thread, and never wait
// for Go. A function that fails throws a JavaScript Error; storage errors carry
// the text that SQLite gave plus ": SQLITE_xxx" (catalogue S14).

interface Native {
  /**
   * The runtime sets this once. The event loop calls it for every message that
   * comes from Go, each call being one turn: when it returns and the microtask
   * queue is empty, the implicit transaction of the turn is committed and what
   * was posted meanwhile is queued behind the commit (output gate).
   * `kind` is an In constant. Unused arguments are undefined.
   */
  onMessage: (kind: number, call: number, a: number, s1?: string, s2?: string, s3?: string, body?: Uint8Array) => void;

  /**
   * Queue a message for Go, behind the output gate. `kind` is an Out constant.
   * ahead: goes before the body, behind its length in UTF-8 as four little-endian bytes.
   */
  post(kind: number, call: number, a: number, s1?: string, s2?: string, s3?: string, body?: ArrayBuffer | Uint8Array | string, ahead?: string): void;
  /** Queue a console line for Go, outside the gate; dropped and counted when the queue is full. */
  log(level: number, text: string): void;
  /** Ask for one onMessage(In.Timer) in `ms` milliseconds (replaces an earlier ask); negative: none. */
  armTimer(ms: number): void;
  /**
   * Tell which call (0: none) the CPU time of the rest of this turn is charged to.
   * A turn starts charged to the `call` of its message, one for a call that the
   * runtime opened (an even id) to none.
   */
  setCall(call: number): void;

  /** Wall clock, milliseconds since the epoch with a fraction. */
  now(): number;
  /** Fill the view from getrandom(2). */
  random(view: Uint8Array): void;
  /** algorithm: 0 SHA-1, 1 SHA-256, 2 SHA-384, 3 SHA-512, 4 MD5. */
  digest(algorithm: number, data: Uint8Array): Uint8Array;
  hmac(algorithm: number, key: Uint8Array, data: Uint8Array): Uint8Array;
  utf8Encode(text: string): Uint8Array;
  /** flags: 1 fatal (throws TypeError), 2 keep a byte order mark. */
  utf8Decode(view: Uint8Array, flags: number): string;
  /** ICU's UTS #46 ToASCII, non-transitional, as the URL standard asks; null on failure. */
  domainToASCII(domain: string, beStrict: boolean): string | null;
  /**
   * Evaluate a script in the global scope; exceptions propagate. It is the only way
   * left once the runtime has run: the engine then disables eval and every kind of
   * Function constructor (EvalError).
   */
  evaluate(source: string, name: string): unknown;
  /**
   * Roll the turn's writes back, tell Go that the instance is over
   * (Out.Broken with a = Failure kind) and never return.
   */
  abort(kind: number, name: string, message: string): never;

  /** Key-value storage: TEXT values come back as string, BLOB values as ArrayBuffer. */
  kvGet(key: string): string | ArrayBuffer | undefined;
  kvPut(key: string, value: string | Uint8Array): void;
  kvDelete(key: string): boolean;
  /**
   * Next row of a range in UTF-8 byte order. Forward: the first key after `from`
   * (or equal where fromInclusive) and below `end`. Reverse: the last key before
   * `from` (or equal) and not below `end`. Undefined bounds are open. Live: each
   * call looks anew (fact K13).
   */
  kvNext(from: string | undefined, fromInclusive: boolean, end: string | undefined, reverse: boolean): [string, string | ArrayBuffer] | undefined;

  /**
   * Run all but the last statement of `sql`, then start the last one with
   * `bindings` (null, number, string, Uint8Array) and step it once. The result is
   * a handle; columns are fixed from now on.
   */
  sqlExec(sql: string, bindings: unknown[]): { id: number; columns: string[]; row: unknown[] | undefined };
  /** The row after the last one; undefined at the end, where the handle is freed. */
  sqlNext(id: number): unknown[] | undefined;
  sqlClose(id: number): void;
  /** [rowsRead, rowsWritten] so far of an open or just finished cursor. */
  sqlStats(id: number): [number, number];
  databaseSize(): number;

  /** Savepoints for transactionSync and transaction; they nest. Returns the depth. */
  savepoint(): number;
  release(depth: number): void;
  rollbackTo(depth: number): void;
  /** Keep the implicit transaction open across turns (storage.transaction); false ends that. */
  holdTransaction(on: boolean): void;
  /** The object's alarm, in milliseconds since the epoch; undefined for none. */
  alarmGet(): number | undefined;
  /** Set the alarm, in the turn's transaction; undefined: none. With the commit Out.Alarm tells Go. */
  alarmSet(ms: number | undefined): void;
  /** Send Out.Alarm with the turn's commit, also if nothing changed. */
  alarmTell(): void;
  /** Drop every table of the application and every key, and the alarm. */
  deleteAll(): void;
  /** Commit what the turn wrote so far and return a sequence number to wait for with In.Synced. */
  sync(): number;
}

// The message kinds are in messages.ts.

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
  onMessage: (kind: number, call: number, a: number, s1?: string, s2?: string, s3?: string, body?: ArrayBuffer) => void;

  /** Queue a message for Go, behind the output gate. `kind` is an Out constant. */
  post(kind: number, call: number, a: number, s1?: string, s2?: string, s3?: string, body?: ArrayBuffer | Uint8Array | string): void;
  /** Queue a console line for Go, outside the gate; dropped and counted when the queue is full. */
  log(level: number, text: string): void;
  /** Ask for one onMessage(In.Timer) in `ms` milliseconds (replaces an earlier ask); negative: none. */
  armTimer(ms: number): void;
  /** Tell which call (0: none) the CPU time of the rest of this turn is charged to. */
  setCall(call: number): void;

  /** Wall clock, milliseconds since the epoch with a fraction. */
  now(): number;
  /** Fill the view from getrandom(2). */
  random(view: Uint8Array): void;
  utf8Encode(text: string): Uint8Array;
  /** flags: 1 fatal (throws TypeError), 2 keep a byte order mark. */
  utf8Decode(view: Uint8Array, flags: number): string;
  /** ICU's UTS #46 ToASCII, non-transitional, as the URL standard asks; null on failure. */
  domainToASCII(domain: string, beStrict: boolean): string | null;
  /** Evaluate a script in the global scope; exceptions propagate. */
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
  /** Next row of a range in UTF-8 byte order after/before `from`; see storage.ts. Live (fact K13). */
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
  /** Drop every table of the application and every key. */
  deleteAll(): void;
  /** Commit what the turn wrote so far and return a sequence number to wait for with In.Synced. */
  sync(): number;
}

/** Messages from Go (a, s1, s2, s3, body as listed). */
declare const enum In {
  /** s1 script, s2 class name, s3 JSON {id, name, hasName, plain, compatibilityDate, compatibilityFlags}; body: props and env, two encoded values: length of the first as four little-endian bytes, the first, the second; an empty value means {}. Evaluate the script under the name "facetd:worker" (places in stacks are mapped back from that name). Answer Loaded or Error with call 0. a: 1 to inspect only: construct nothing, answer Loaded with s1 = JSON [[export name, 0 other | 1 DurableObject class | 2 entrypoint], …]. */
  Load = 1,
  /** a: 1 has body, 2 body is complete (bit set). s1 method, s2 url, s3 headers flattened name NUL value NUL (Latin-1 widened), body: first bytes. */
  Fetch = 2,
  /** a: 1 when this is the end of the request body. */
  Chunk = 3,
  /** a: bytes of response body that may be sent beyond what was allowed before. */
  Credit = 4,
  /** s1 method, body: encoded array of arguments. */
  Rpc = 5,
  /** The caller is gone: abort the request's signal, stop its response body. */
  Cancel = 6,
  Timer = 7,
  /** a: everything up to this sequence is durable. Sent only after sync() asked for it. */
  Synced = 8,
  /** The watchdog ended the turn that belonged to `call`: fail that call. */
  CpuLimit = 9,
  /** The engine's own: an unhandled rejection; the runtime logs it (s1 text). */
  Rejection = 10,
}

/** Messages to Go. */
declare const enum Out {
  Loaded = 1,
  /** a: status; bit 16 set: has body to follow as Chunk (else body is complete). s1 status text, s2 headers flattened, body. */
  Response = 2,
  /** a: 1 at the end. */
  Chunk = 3,
  /** body: encoded value. */
  RpcResult = 4,
  /** a: Failure kind, bit 16 set: durableObjectReset. s1 error class name, s2 message, s3 stack. Ends the call. */
  Error = 5,
  /** a: bytes of request body consumed. */
  Credit = 6,
  /** a: Failure kind. s1 name, s2 message. */
  Broken = 7,
  /** Written by native.log: a level, s1 text. */
  Log = 8,
}

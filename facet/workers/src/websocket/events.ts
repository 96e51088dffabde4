import { Event, type EventInit } from "../web/events/event.ts";

function typeOf(name: string, type: unknown): string {
  if (type === undefined) throw new TypeError(`Failed to construct '${name}': constructor parameter 1 is not of type 'string'.`);
  return String(type);
}

/** HTML standard, section 9.1. */
export class MessageEvent extends Event {
  readonly #data: unknown;
  constructor(type: string, init: EventInit & { data?: unknown } = {}) {
    super(typeOf("MessageEvent", type), init);
    this.#data = init?.data ?? null;
  }
  get data(): unknown { return this.#data; }
  get origin(): null { return null; }
  get lastEventId(): string { return ""; }
  get source(): null { return null; }
  get ports(): unknown[] { return []; }
  override get [Symbol.toStringTag](): string { return "MessageEvent"; }
}

/** WebSockets standard, section 6. */
export class CloseEvent extends Event {
  readonly #init: EventInit & { readonly code: number; readonly reason: string; readonly wasClean: boolean };
  constructor(type: string, init: EventInit & { code?: unknown; reason?: unknown; wasClean?: unknown } = {}) {
    super(typeOf("CloseEvent", type), init);
    this.#init = { code: Number(init?.code ?? 0), reason: String(init?.reason ?? ""), wasClean: Boolean(init?.wasClean) };
  }
  get code(): number { return this.#init.code; }
  get reason(): string { return this.#init.reason; }
  get wasClean(): boolean { return this.#init.wasClean; }
  override get [Symbol.toStringTag](): string { return "CloseEvent"; }
}

/** HTML standard, section 8.1.3.5. */
export class ErrorEvent extends Event {
  readonly #init: EventInit & { readonly message: string; readonly filename: string; readonly lineno: number; readonly colno: number; readonly error: unknown };
  constructor(type: string, init: EventInit & { message?: unknown; filename?: unknown; lineno?: unknown; colno?: unknown; error?: unknown } = {}) {
    super(typeOf("ErrorEvent", type), init);
    this.#init = {
      message: String(init?.message ?? ""), filename: String(init?.filename ?? ""),
      lineno: Number(init?.lineno ?? 0), colno: Number(init?.colno ?? 0), error: init?.error,
    };
  }
  get message(): string { return this.#init.message; }
  get filename(): string { return this.#init.filename; }
  get lineno(): number { return this.#init.lineno; }
  get colno(): number { return this.#init.colno; }
  get error(): unknown { return this.#init.error; }
  override get [Symbol.toStringTag](): string { return "ErrorEvent"; }
}

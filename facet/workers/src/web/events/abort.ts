import { startTimer } from "../../loop/timers.ts";
import { DOMException } from "../dom_exception.ts";
import { setAbortHook } from "./abort_hook.ts";
import { Event } from "./event.ts";
import { EventTarget } from "./event_target.ts";

const INTERNAL = Symbol("internal");

export let newSignal: () => AbortSignal;
/** Aborts the signal; a second time does nothing. */
export let abortSignal: (s: AbortSignal, reason: unknown) => void;
/** Runs f before the event is dispatched; returns what takes f away again. */
export let addAbortAlgorithm: (s: AbortSignal, f: () => void) => () => void;
export let isAbortSignal: (v: unknown) => v is AbortSignal;

/** DOM standard, section 3.2. */
export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  #onabort: ((e: Event) => unknown) | null = null;
  readonly #algorithms = new Set<() => void>();

  constructor(token?: symbol) {
    if (token !== INTERNAL) throw new TypeError("Illegal constructor");
    super();
  }

  static abort(reason?: unknown): AbortSignal {
    const s = newSignal();
    s.#aborted = true;
    s.#reason = reason === undefined ? abortError() : reason;
    return s;
  }

  static timeout(ms: number): AbortSignal {
    const n = Number(ms);
    if (!Number.isFinite(n) || n < 0) throw new TypeError("Failed to execute 'timeout' on 'AbortSignal': the delay must be a non-negative number.");
    const s = newSignal();
    startTimer(n, () => abortSignal(s, new DOMException("The operation was aborted due to timeout", "TimeoutError")));
    return s;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const list = [...signals];
    for (const s of list) if (!isAbortSignal(s)) throw new TypeError("Failed to execute 'any' on 'AbortSignal': an element is not of type 'AbortSignal'.");
    const done = list.find((s) => s.#aborted);
    if (done !== undefined) return AbortSignal.abort(done.#reason);
    const result = newSignal();
    const removers = list.map((s) =>
      addAbortAlgorithm(s, () => {
        for (const remove of removers) remove();
        abortSignal(result, s.#reason);
      }),
    );
    return result;
  }

  get aborted(): boolean { return this.#aborted; }
  get reason(): unknown { return this.#reason; }
  throwIfAborted(): void { if (this.#aborted) throw this.#reason; }

  get onabort(): ((e: Event) => unknown) | null { return this.#onabort; }
  set onabort(f: ((e: Event) => unknown) | null) {
    if (this.#onabort !== null) this.removeEventListener("abort", this.#onabort);
    this.#onabort = typeof f === "function" ? f : null;
    if (this.#onabort !== null) this.addEventListener("abort", this.#onabort);
  }

  override get [Symbol.toStringTag](): string { return "AbortSignal"; }

  static {
    newSignal = () => new AbortSignal(INTERNAL);
    isAbortSignal = (v): v is AbortSignal => typeof v === "object" && v !== null && #algorithms in v;
    abortSignal = (s, reason) => {
      if (s.#aborted) return;
      s.#aborted = true;
      s.#reason = reason;
      for (const f of s.#algorithms) f();
      s.#algorithms.clear();
      s.dispatchEvent(new Event("abort"));
    };
    addAbortAlgorithm = (s, f) => {
      s.#algorithms.add(f);
      return () => s.#algorithms.delete(f);
    };
  }
}

export function abortError(): DOMException {
  return new DOMException("The operation was aborted", "AbortError");
}

export class AbortController {
  readonly #signal = newSignal();
  get signal(): AbortSignal { return this.#signal; }
  abort(reason?: unknown): void { abortSignal(this.#signal, reason === undefined ? abortError() : reason); }
  get [Symbol.toStringTag](): string { return "AbortController"; }
}

setAbortHook((signal, f) => {
  if (!isAbortSignal(signal)) throw new TypeError("Failed to execute 'addEventListener' on 'EventTarget': the signal is not of type 'AbortSignal'.");
  if (!signal.aborted) addAbortAlgorithm(signal, f);
});

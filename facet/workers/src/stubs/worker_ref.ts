import type { HostCall } from "../host/call.ts";
import { type Callback, registerFor } from "../host/callbacks.ts";
import { operate } from "../host/rpc.ts";
import { startTimer } from "../loop/timers.ts";

/** Workers that this instance used, so many at most: they need no push to be loaded. */
const MAX_USED = 1024;
const used = new Set<string>();

/** Code in a loader. */
export class WorkerRef {
  readonly #loader: string;
  /** Undefined for code without an id (facts L3, L7). */
  readonly #id: string | undefined;
  readonly #code: Callback;
  /** What tells code without an id from other such code. */
  #number: number | undefined;

  /** code gives the answer of the loader's callback; it must not refer to this. */
  constructor(loader: string, id: string | undefined, code: Callback) {
    this.#loader = loader;
    this.#id = id;
    this.#code = code;
  }

  /** What calls of the worker's entrypoints share the places of (host/call.ts). */
  get callee(): unknown { return this.#id === undefined ? this : this.#key(); }

  /** Names the code for a call, until whose answer the supervisor may ask for it. */
  describe(call: HostCall): { loader: string; worker?: string; callback: number } {
    call.keep(this);
    if (this.#id === undefined) {
      this.#number ??= registerFor(this, this.#code);
      return { loader: this.#loader, callback: this.#number };
    }
    this.#markUsed();
    return { loader: this.#loader, worker: this.#id, callback: call.callback(this.#code) };
  }

  /** The code is loaded soon, also if nobody calls it (fact L4). */
  loadSoon(): void {
    if (this.#wasUsed()) return;
    startTimer(0, () => {
      if (this.#wasUsed()) return;
      operate("loaders.load", (call) => {
        const { loader, worker, callback } = this.describe(call);
        return [loader, worker ?? null, callback];
      }).catch(() => undefined); // whoever calls the worker learns of it
    });
  }

  #key(): string { return `${this.#loader}\0${this.#id}`; }

  #wasUsed(): boolean {
    return this.#id === undefined ? this.#number !== undefined : used.has(this.#key());
  }

  #markUsed(): void {
    const key = this.#key();
    if (used.has(key)) return;
    if (used.size >= MAX_USED) used.clear();
    used.add(key);
  }
}

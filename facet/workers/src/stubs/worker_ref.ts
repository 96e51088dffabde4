import type { HostCall } from "../host/call.ts";
import type { Callback } from "../host/callbacks.ts";

/** Code in a loader. */
export class WorkerRef {
  readonly #loader: string;
  readonly #id: string;
  readonly #code: Callback;

  /** code gives the answer of the loader's callback. */
  constructor(loader: string, id: string, code: Callback) {
    this.#loader = loader;
    this.#id = id;
    this.#code = code;
  }

  /** Names the code; the callback lives as long as the call. */
  describe(call: HostCall): Record<string, unknown> {
    return { loader: this.#loader, worker: this.#id, callback: call.callback(this.#code) };
  }
}

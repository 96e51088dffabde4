import { cloneError } from "../codec/limits.ts";
import type { HostCall } from "../host/call.ts";
import { namedError } from "../host/error.ts";
import type { StubChannel } from "../stubs/fetcher.ts";
import { describeStart } from "./facet_start.ts";

/** Fact F85. */
const NOT_SERIALIZABLE = "Stubs pointing to Durable Object facets are not serializable.";

/** What all stubs of a facet share until it is aborted, deleted or reset. */
export class Slot {
  /** JSON. */
  readonly #name: string;
  readonly #calls = new Set<HostCall>();
  #reason: (() => Error) | undefined;

  constructor(name: string) {
    this.#name = JSON.stringify(name);
  }

  get dead(): boolean { return this.#reason !== undefined; }

  channel(callback: () => unknown): StubChannel {
    const start = async (call: HostCall) => describeStart(await callback(), call);
    return {
      callee: this,
      calls: this.#calls,
      refusal: NOT_SERIALIZABLE,
      reference: () => {
        throw cloneError(NOT_SERIALIZABLE);
      },
      check: () => {
        if (this.#reason !== undefined) throw this.#reason();
      },
      target: (call) => `{"facet":{"name":${this.#name},"callback":${call.callback(() => start(call))}}}`,
      // The stubs are dead, the name can be used again (facts F42, F67).
      onReset: (e) => (this.#reason ??= () => Object.assign(namedError(e.name, e.message), e)),
    };
  }

  /** Calls under way fail at once, later ones for ever (facts F56 to F58). */
  end(reason: () => Error): void {
    this.#reason ??= reason;
    for (const call of [...this.#calls]) call.cancel(reason());
  }
}

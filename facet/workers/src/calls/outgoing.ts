import { FailureKind, Out } from "../messages.ts";
import { native } from "../native.ts";
import type { Puller } from "../web/body/content.ts";
import { postError } from "./failure.ts";
import { type Call, endCall } from "./table.ts";

/** Bytes that may be sent before the first credit (facet.proto, Credit). */
const WINDOW = 256 * 1024;
/** Largest chunk: a few of them fit into one packet. */
const CHUNK = 64 * 1024;

/** Sends a response body within the window that the supervisor grants. */
export class Outgoing {
  readonly #call: Call;
  readonly #puller: Puller;
  #window: number;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(call: Call, puller: Puller, sent: number) {
    this.#call = call;
    this.#puller = puller;
    this.#window = WINDOW - sent;
  }

  credit(bytes: number): void {
    this.#window += bytes;
    this.#wake?.();
  }

  /** Nobody wants the rest. */
  cancel(reason: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake?.();
    this.#puller.cancel(reason).catch(() => undefined);
  }

  async run(): Promise<void> {
    try {
      for (;;) {
        const chunk = await this.#puller.read();
        if (this.#stopped) return;
        if (chunk === undefined) break;
        await this.#send(chunk);
      }
      if (!this.#stopped && endCall(this.#call)) native.post(Out.Chunk, this.#call.id, 1);
    } catch (e) {
      if (!this.#stopped && endCall(this.#call)) postError(this.#call.id, FailureKind.Exception, e);
    }
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#stopped; ) {
      if (this.#window <= 0) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const n = Math.min(chunk.length - at, this.#window, CHUNK);
      native.post(Out.Chunk, this.#call.id, 0, undefined, undefined, undefined, chunk.subarray(at, at + n));
      this.#window -= n;
      at += n;
    }
  }
}

/** Bytes as something to pull. */
export function pullBytes(bytes: Uint8Array): Puller {
  let left: Uint8Array | undefined = bytes;
  return {
    read() {
      const chunk = left;
      left = undefined;
      return Promise.resolve(chunk);
    },
    cancel: () => Promise.resolve(),
  };
}

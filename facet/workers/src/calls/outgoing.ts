import { Out } from "../messages.ts";
import { native } from "../native.ts";
import { type Puller, pullerOf, type Source } from "../web/body/content.ts";
import { share, WINDOW } from "./share.ts";

/** Largest chunk: a few of them fit into one packet. */
const CHUNK = 64 * 1024;

/** A text of so many units certainly fits the inline part; each has at most three bytes. */
const INLINE_TEXT = 40 * 1024;
const INLINE_BYTES = 128 * 1024;

/** The call whose request or response body leaves. */
export interface Sender {
  readonly id: number;
  /** The body is complete; false where nobody wants its end any more. */
  onSent(): boolean;
  onSendFailure(e: unknown): void;
}

/** Sends a body within the window that the supervisor grants. */
export class Outgoing {
  readonly #call: Sender;
  readonly #puller: Puller;
  #window: number;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(call: Sender, puller: Puller, sent: number) {
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
      if (!this.#stopped && this.#call.onSent()) native.post(Out.Chunk, this.#call.id, 1);
    } catch (e) {
      if (!this.#stopped) this.#call.onSendFailure(e);
    }
  }

  async #send(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#stopped; ) {
      const room = this.#window - (WINDOW - share());
      if (room <= 0) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const n = Math.min(chunk.length - at, room, CHUNK);
      native.post(Out.Chunk, this.#call.id, 0, undefined, undefined, undefined, chunk.subarray(at, at + n));
      this.#window -= n;
      at += n;
    }
  }
}

/** What goes with the head of a message, and what follows it. */
export interface Split {
  readonly first: Uint8Array | string | undefined;
  readonly rest: Puller | undefined;
}

export function split(source: Source): Split {
  const most = share();
  if (typeof source === "string") {
    if (source.length <= INLINE_TEXT && 3 * source.length <= most) return { first: source, rest: undefined };
    source = native.utf8Encode(source);
  }
  if (!(source instanceof Uint8Array)) return { first: undefined, rest: pullerOf(source) };
  const inline = Math.min(INLINE_BYTES, most);
  if (source.length <= inline) return { first: source, rest: undefined };
  return { first: source.subarray(0, inline), rest: pullBytes(source.subarray(inline)) };
}

/** Bytes as something to pull. */
function pullBytes(bytes: Uint8Array): Puller {
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

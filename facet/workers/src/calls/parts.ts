import { Out } from "../messages.ts";
import { native } from "../native.ts";
import type { Call } from "./table.ts";

/** Bytes that may be sent before the first credit (facet.proto, Credit). */
const WINDOW = 256 * 1024;
/** Largest piece, in bytes; a unit of a text takes at most three. */
const PIECE = 64 * 1024;
const UNITS = PIECE / 4;

/** Content that goes ahead of an answer, which has its place instead. */
export interface Part {
  readonly content: string | Uint8Array;
  /** Offset and length in bytes, once it was sent. */
  readonly place: [number, number];
}

/** An answer with parts. */
export class Parted {
  readonly answer: object;
  readonly parts: readonly Part[];

  constructor(answer: object, parts: readonly Part[]) {
    this.answer = answer;
    this.parts = parts;
  }
}

/** Sends the parts of a callback's answer within the window that the supervisor grants. */
export class PartSender {
  readonly #call: Call;
  #window = WINDOW;
  #sent = 0;
  #wake: (() => void) | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  credit(bytes: number): void {
    this.#window += bytes;
    this.#wake?.();
  }

  /** Nobody wants the answer: the call has ended. */
  cancel(): void {
    this.#wake?.();
  }

  async run(parts: readonly Part[]): Promise<void> {
    for (const { content, place } of parts) {
      place[0] = this.#sent;
      if (typeof content === "string") {
        for (let at = 0; at < content.length; ) {
          const end = wholeUnits(content, at + UNITS);
          await this.#send(native.utf8Encode(content.slice(at, end)));
          at = end;
        }
      } else {
        for (let at = 0; at < content.length; at += PIECE) await this.#send(content.subarray(at, at + PIECE));
      }
      place[1] = this.#sent - place[0];
    }
  }

  async #send(piece: Uint8Array): Promise<void> {
    while (this.#window < piece.length && !this.#call.done) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#call.done) return;
    native.post(Out.Part, this.#call.id, 0, undefined, undefined, undefined, piece);
    this.#window -= piece.length;
    this.#sent += piece.length;
  }
}

/** An end that does not cut a surrogate pair. */
function wholeUnits(text: string, end: number): number {
  if (end >= text.length) return text.length;
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? end - 1 : end;
}

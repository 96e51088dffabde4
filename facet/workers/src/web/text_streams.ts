import { type AnyStream, streams } from "./streams.ts";
import { TextDecoder } from "./text_decoder.ts";
import { TextEncoder } from "./text_encoder.ts";

type Pair = { readable: AnyStream; writable: unknown };

/** Encoding standard, section 7.6. */
export class TextEncoderStream {
  readonly #pair: Pair;
  constructor() {
    const encoder = new TextEncoder();
    let lead = "";
    this.#pair = new (streams().TransformStream)<unknown, Uint8Array>({
      transform(chunk, controller) {
        let s = lead + String(chunk);
        lead = "";
        const last = s.charCodeAt(s.length - 1);
        if (last >= 0xd800 && last < 0xdc00) {
          lead = s.slice(-1);
          s = s.slice(0, -1);
        }
        if (s !== "") controller.enqueue(encoder.encode(s));
      },
      flush(controller) {
        if (lead !== "") controller.enqueue(encoder.encode(lead));
      },
    });
  }
  get encoding(): string { return "utf-8"; }
  get readable(): AnyStream { return this.#pair.readable; }
  get writable(): unknown { return this.#pair.writable; }
  get [Symbol.toStringTag](): string { return "TextEncoderStream"; }
}

/** Encoding standard, section 7.5. */
export class TextDecoderStream {
  readonly #pair: Pair;
  readonly #decoder: TextDecoder;
  constructor(label: unknown = "utf-8", options: { fatal?: unknown; ignoreBOM?: unknown } = {}) {
    const decoder = (this.#decoder = new TextDecoder(label, options));
    this.#pair = new (streams().TransformStream)<ArrayBuffer | ArrayBufferView, string>({
      transform(chunk, controller) {
        const s = decoder.decode(chunk, { stream: true });
        if (s !== "") controller.enqueue(s);
      },
      flush(controller) {
        const s = decoder.decode();
        if (s !== "") controller.enqueue(s);
      },
    });
  }
  get encoding(): string { return this.#decoder.encoding; }
  get fatal(): boolean { return this.#decoder.fatal; }
  get ignoreBOM(): boolean { return this.#decoder.ignoreBOM; }
  get readable(): AnyStream { return this.#pair.readable; }
  get writable(): unknown { return this.#pair.writable; }
  get [Symbol.toStringTag](): string { return "TextDecoderStream"; }
}

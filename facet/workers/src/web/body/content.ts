import { native } from "../../native.ts";
import { bytesOf, concat } from "../bytes.ts";
import { type AnyStream, isDisturbed, isReadableStream, streams } from "../streams.ts";
import { Pulled, type Puller } from "./pulled.ts";

export type { Puller };

/**
 * Where a body's bytes come from. Bytes are owned by the content; a stream is
 * made only when somebody asks for one.
 */
export type Source = string | Uint8Array | Pulled | AnyStream;

export class Content {
  source: Source;
  /** The content type it brings; null for none. */
  readonly type: string | null;
  #used = false;

  constructor(source: Source, type: string | null) {
    this.source = source;
    this.type = type;
  }

  get used(): boolean {
    return this.#used || (isReadableStream(this.source) && isDisturbed(this.source));
  }

  get locked(): boolean {
    return isReadableStream(this.source) && this.source.locked;
  }

  /** Marks the content used and hands out its source. Throws TypeError the second time. */
  take(): Source {
    const { source } = this;
    const plain = typeof source === "string" || source instanceof Uint8Array;
    if (this.#used || (!plain && this.used)) throw new TypeError("Body has already been used. It can only be used once. Use tee() first if you need to read it twice.");
    if (!plain && this.locked) throw new TypeError("This ReadableStream is currently locked to a reader.");
    this.#used = true;
    return source;
  }

  /** The stream for Body.body; the same one each time. */
  stream(): AnyStream {
    if (!isReadableStream(this.source)) this.source = streamFrom(this.source);
    return this.source;
  }

  /** Moves the source to a new content; this one counts as used. */
  move(): Content {
    return new Content(this.take(), this.type);
  }

  /** Splits the content in two, of which this keeps one. */
  tee(): Content {
    if (this.used || this.locked) throw new TypeError("Body has already been used. It can only be used once. Use tee() first if you need to read it twice.");
    if (typeof this.source === "string") return new Content(this.source, this.type);
    if (this.source instanceof Uint8Array) return new Content(this.source.slice(), this.type);
    const [a, b] = this.stream().tee();
    this.source = a;
    return new Content(b, this.type);
  }
}

export function streamFrom(source: string | Uint8Array | Pulled): AnyStream {
  const { ReadableStream } = streams();
  if (source instanceof Pulled) {
    return new ReadableStream({
      type: "bytes",
      async pull(controller) {
        const chunk = await source.read();
        if (chunk !== undefined) return controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
        controller.close();
        controller.byobRequest?.respond(0);
      },
      cancel: (reason) => source.cancel(reason) as Promise<void>,
    });
  }
  const bytes = typeof source === "string" ? native.utf8Encode(source) : source;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (bytes.length > 0) controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      controller.close();
      if (bytes.length === 0) controller.byobRequest?.respond(0);
    },
  });
}

/** Reads a source that take() handed out chunk by chunk. */
export function pullerOf(source: Pulled | AnyStream): Puller {
  if (source instanceof Pulled) return source;
  const reader = source.getReader();
  return {
    async read() {
      const { done, value } = await reader.read();
      if (done) return undefined;
      const chunk = bytesOf(value);
      if (chunk === undefined) {
        const e = new TypeError("This ReadableStream did not return bytes: each chunk of a body must be an ArrayBuffer or a view of one.");
        reader.cancel(e).catch(() => undefined);
        throw e;
      }
      return chunk;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

async function collect(puller: Puller): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = await puller.read();
    if (chunk === undefined) return concat(parts, total);
    parts.push(chunk);
    total += chunk.length;
  }
}

/** All bytes; the caller owns them. */
export function readBytes(content: Content | null): Promise<Uint8Array<ArrayBuffer>> {
  if (content === null) return Promise.resolve(new Uint8Array(0));
  const source = content.take();
  if (typeof source === "string") return Promise.resolve(native.utf8Encode(source) as Uint8Array<ArrayBuffer>);
  if (source instanceof Uint8Array) return Promise.resolve(source as Uint8Array<ArrayBuffer>);
  return collect(pullerOf(source));
}

/** All bytes as text, as if they had gone through UTF-8. */
export function readText(content: Content | null): Promise<string> {
  if (content === null) return Promise.resolve("");
  const source = content.take();
  if (typeof source !== "string") {
    if (source instanceof Uint8Array) return Promise.resolve(native.utf8Decode(source, 0));
    return collect(pullerOf(source)).then((b) => native.utf8Decode(b, 0));
  }
  const text = source.toWellFormed();
  return Promise.resolve(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
}

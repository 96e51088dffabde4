import { RpcTarget } from "../actor/classes.ts";
import { native } from "../native.ts";
import { bytesOf } from "../web/bytes.ts";
import { pullerOf, type Puller, type Source } from "../web/body/content.ts";
import type { AnyStream, AnyWritable } from "../web/streams.ts";

/** docs/projects.md: so many bytes of a read or write. */
export const CHUNK = 64 * 1024;

/** A chunk of a stream as bytes; undefined for what is none. */
export function chunkOf(value: unknown): Uint8Array | undefined {
  return typeof value === "string" ? native.utf8Encode(value) : bytesOf(value);
}

/** What the other end of a ReadableStream reads from. */
export class BodySource extends RpcTarget {
  readonly #puller: Puller;
  #left: Uint8Array | undefined;
  #ended = false;

  constructor(puller: Puller) {
    super();
    this.#puller = puller;
  }

  async read(): Promise<Uint8Array | undefined> {
    let chunk = this.#left;
    this.#left = undefined;
    while (chunk?.length === 0 || (chunk === undefined && !this.#ended)) {
      chunk = await this.#puller.read();
      this.#ended ||= chunk === undefined;
    }
    if (chunk === undefined || chunk.length <= CHUNK) return chunk;
    this.#left = chunk.subarray(CHUNK);
    return chunk.subarray(0, CHUNK);
  }

  async cancel(reason?: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#left = undefined;
    await this.#puller.cancel(reason);
  }

  /** Nobody reads the rest. */
  [Symbol.dispose](): void {
    this.cancel().catch(() => undefined);
  }
}

/** Locks the stream. Throws TypeError where it is locked. */
export function readableSource(stream: AnyStream): BodySource {
  if (stream.locked) throw new TypeError("The ReadableStream has been locked to a reader.");
  const reader = stream.getReader();
  return new BodySource({
    async read() {
      const { done, value } = await reader.read();
      if (done) return undefined;
      const chunk = chunkOf(value);
      if (chunk !== undefined) return chunk;
      const e = new TypeError("This ReadableStream did not return bytes: each chunk that is sent must be an ArrayBuffer, a view of one or a string.");
      reader.cancel(e).catch(() => undefined);
      throw e;
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** The body of a message; it was taken. */
export function bodySource(source: Source): BodySource {
  if (typeof source !== "string" && !(source instanceof Uint8Array)) return new BodySource(pullerOf(source));
  let bytes: Uint8Array | undefined = typeof source === "string" ? native.utf8Encode(source) : source;
  return new BodySource({
    read() {
      const all = bytes;
      bytes = undefined;
      return Promise.resolve(all);
    },
    cancel: () => Promise.resolve(),
  });
}

/** What the other end of a WritableStream writes to. */
class WritableSink extends RpcTarget {
  readonly #writer: ReturnType<AnyWritable["getWriter"]>;
  #ended = false;

  constructor(stream: AnyWritable) {
    super();
    this.#writer = stream.getWriter();
    this.#writer.closed.catch(() => undefined); // whoever writes learns of it
  }

  async write(chunk: unknown): Promise<void> {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("A chunk is no Uint8Array.");
    await this.#writer.write(chunk);
  }
  async close(): Promise<void> {
    this.#ended = true;
    await this.#writer.close();
  }
  async abort(reason?: unknown): Promise<void> {
    this.#ended = true;
    await this.#writer.abort(reason);
  }
  [Symbol.dispose](): void {
    if (!this.#ended) this.abort(new Error("WritableStream received over RPC was disposed without calling close().")).catch(() => undefined);
  }
}

/** Locks the stream. Throws TypeError where it is locked. */
export function writableSink(stream: AnyWritable): WritableSink {
  if (stream.locked) throw new TypeError("This WritableStream is currently locked to a writer.");
  return new WritableSink(stream);
}

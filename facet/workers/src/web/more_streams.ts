import { native } from "../native.ts";
import { bytesOf, concat } from "./bytes.ts";
import { streams } from "./streams.ts";
import { hashNumber } from "./subtle/algorithms.ts";
import { compute } from "./subtle/compute.ts";

/** Streams beside those of the standard. They inherit from the library's classes, so they are made at first use. */
function make() {
  const { TransformStream, WritableStream } = streams();

  const bytes = (chunk: unknown, what: string): Uint8Array => {
    const b = bytesOf(chunk);
    if (b === undefined) throw new TypeError(`This ${what} is being used as a byte stream, but a chunk is not an ArrayBuffer or a view of one.`);
    return b;
  };

  /** The peer's: passes bytes on. */
  class IdentityTransformStream extends TransformStream<unknown, Uint8Array> {
    constructor() {
      super({ transform: (chunk, controller) => controller.enqueue(bytes(chunk, "TransformStream").slice()) });
    }
  }

  /** The peer's: passes exactly so many bytes on. */
  class FixedLengthStream extends TransformStream<unknown, Uint8Array> {
    constructor(length: unknown) {
      const most = Number(length);
      if (!(Number.isSafeInteger(most) && most >= 0)) throw new TypeError("FixedLengthStream requires an integer length.");
      let left = most;
      super({
        transform(chunk, controller) {
          const b = bytes(chunk, "TransformStream");
          if (b.length > left) throw new TypeError("Attempt to write too many bytes through a FixedLengthStream.");
          left -= b.length;
          controller.enqueue(b.slice());
        },
        flush() {
          if (left > 0) throw new TypeError("FixedLengthStream did not see all expected bytes before close().");
        },
      });
    }
  }

  /** Compression Streams, compression.spec.whatwg.org; what comes out comes at the end. */
  const compressing = (op: "compress" | "decompress") =>
    class extends TransformStream<unknown, Uint8Array> {
      constructor(format: unknown) {
        const name = String(format);
        if (name !== "gzip" && name !== "deflate" && name !== "deflate-raw") throw new TypeError("The compression format must be either 'deflate', 'deflate-raw' or 'gzip'.");
        const parts: Uint8Array[] = [];
        let total = 0;
        super({
          transform(chunk) {
            const b = bytes(chunk, "TransformStream").slice();
            parts.push(b);
            total += b.length;
          },
          async flush(controller) {
            const out = await compute({ op, format: name }, [concat(parts.splice(0), total)]);
            if (out.length > 0) controller.enqueue(out);
          },
        });
      }
    };

  /** The peer's: a hash of what is written to it. */
  class DigestStream extends WritableStream<unknown> {
    readonly digest: Promise<ArrayBuffer>;
    #written = 0n;
    constructor(algorithm: unknown) {
      const number = hashNumber(algorithm);
      const { promise, resolve, reject } = Promise.withResolvers<ArrayBuffer>();
      promise.catch(() => undefined); // who does not ask for it need not handle it
      const parts: Uint8Array[] = [];
      let total = 0;
      super({
        write: (chunk) => {
          const b = typeof chunk === "string" ? native.utf8Encode(chunk) : bytes(chunk, "DigestStream").slice();
          this.#written += BigInt(b.length);
          parts.push(b);
          total += b.length;
        },
        close: () => resolve(native.digest(number, concat(parts.splice(0), total)).buffer as ArrayBuffer),
        abort: (reason) => reject(reason),
      });
      this.digest = promise;
    }
    get bytesWritten(): bigint { return this.#written; }
  }
  return { CompressionStream: compressing("compress"), DecompressionStream: compressing("decompress"), DigestStream, FixedLengthStream, IdentityTransformStream };
}

type Made = ReturnType<typeof make>;
let made: Made | undefined;

export function moreStreams(): Made {
  if (made === undefined) {
    made = make();
    for (const [name, value] of Object.entries(made)) {
      Object.defineProperty(value, "name", { value: name, configurable: true });
      Object.defineProperty(value.prototype, Symbol.toStringTag, { value: name, configurable: true });
    }
  }
  return made;
}

export const moreStreamNames = ["CompressionStream", "DecompressionStream", "FixedLengthStream", "IdentityTransformStream"] as const;

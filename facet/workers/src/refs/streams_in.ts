import { streamFrom } from "../web/body/content.ts";
import { Pulled } from "../web/body/pulled.ts";
import { type AnyStream, type AnyWritable, streams } from "../web/streams.ts";
import { disposeWith, type Grip } from "./hook.ts";
import { pack } from "./parcel.ts";
import { CHUNK, chunkOf } from "./streams_out.ts";

const BROKEN = "ReadableStream received over RPC disconnected prematurely.";

/** Calls a method of the stream at the other end. */
function call(grip: Grip, method: string, ...args: unknown[]): Promise<unknown> {
  return grip.hook.request([method], pack(args, true));
}

/** The bytes of a ReadableStream of another instance. One read is under way at a time. */
export class RemoteBody extends Pulled {
  readonly #grip: Grip;

  constructor(grip: Grip) {
    super();
    this.#grip = grip;
    disposeWith(this, grip);
  }

  override async read(): Promise<Uint8Array | undefined> {
    try {
      const chunk = await call(this.#grip, "read");
      if (chunk instanceof Uint8Array) {
        Reflect.deleteProperty(chunk, Symbol.dispose);
        return chunk;
      }
    } catch {
      this.#grip.dispose();
      throw new Error(BROKEN);
    }
    this.#grip.dispose();
    return undefined;
  }

  override async cancel(reason?: unknown): Promise<void> {
    if (!this.#grip.live) return;
    try {
      await call(this.#grip, "cancel", reason);
    } catch {
      // Its source may have ended meanwhile, and not every reason travels.
    } finally {
      this.#grip.dispose();
    }
  }

  stream(): AnyStream {
    return streamFrom(this);
  }
}

/** A WritableStream whose chunks go to another instance's. */
export function writableFrom(grip: Grip): AnyWritable {
  const end = async (method: string, ...args: unknown[]) => {
    try {
      await call(grip, method, ...args);
    } finally {
      grip.dispose();
    }
  };
  const stream = new (streams().WritableStream)({
    async write(value: unknown) {
      const chunk = chunkOf(value);
      if (chunk === undefined) throw new TypeError("A WritableStream received over RPC takes bytes: an ArrayBuffer, a view of one or a string.");
      for (let at = 0; at < chunk.length; at += CHUNK) await call(grip, "write", chunk.subarray(at, at + CHUNK));
    },
    close: () => end("close"),
    abort: (reason) => end("abort", reason),
  });
  disposeWith(stream, grip);
  return stream;
}

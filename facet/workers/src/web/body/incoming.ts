import { Out } from "../../messages.ts";
import { native } from "../../native.ts";
import { Pulled } from "./pulled.ts";

/** Credit is given in lumps: a quarter of the window that facet.proto states. */
const LUMP = 64 * 1024;
/** A sender with many calls under way waits for less, once all that came is read: the least that it sends without credit. */
const LEAST = 4 * 1024;

/** A body that is still arriving. */
export class Incoming extends Pulled {
  readonly #call: number;
  readonly #onCancel: (() => void) | undefined;
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #error: unknown;
  #failed = false;
  #owed = 0;
  #reader: { resolve(chunk: Uint8Array | undefined): void; reject(e: unknown): void } | undefined;

  /** onCancel is told when nobody wants the rest. */
  constructor(call: number, first: Uint8Array | undefined, onCancel?: () => void) {
    super();
    this.#call = call;
    this.#onCancel = onCancel;
    if (first !== undefined && first.length > 0) this.#chunks.push(first);
  }

  /** Takes a chunk from the wire. */
  push(chunk: Uint8Array | undefined, end: boolean): void {
    if (this.#ended || this.#failed) return;
    this.#ended = end;
    if (chunk !== undefined && chunk.length > 0) this.#chunks.push(chunk);
    this.#serve();
  }

  /** Nothing more will come; reads fail once what has arrived is read. */
  fail(e: unknown): void {
    if (this.#ended || this.#failed) return;
    this.#failed = true;
    this.#error = e;
    this.#serve();
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (this.#chunks.length > 0) {
      this.#reader = undefined;
      reader.resolve(this.#take());
    } else if (this.#ended) {
      this.#reader = undefined;
      reader.resolve(undefined);
    } else if (this.#failed) {
      this.#reader = undefined;
      reader.reject(this.#error);
    }
  }

  #take(): Uint8Array {
    const chunk = this.#chunks.shift()!;
    if (!this.#ended && !this.#failed) {
      this.#owed += chunk.length;
      if (this.#owed >= LUMP || (this.#chunks.length === 0 && this.#owed >= LEAST)) {
        native.post(Out.Credit, this.#call, this.#owed);
        this.#owed = 0;
      }
    }
    return chunk;
  }

  /** The next chunk, undefined at the end. One read at a time. */
  override read(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#serve();
    });
  }

  /** Drops what has arrived; without credit no more than a window follows. */
  override cancel(): Promise<void> {
    this.#chunks.length = 0;
    if (!this.#ended) {
      this.#ended = true;
      this.#onCancel?.();
    }
    this.#serve();
    return Promise.resolve();
  }
}

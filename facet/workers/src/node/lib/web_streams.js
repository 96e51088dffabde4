import { Buffer } from "../buffer.js";

/** Readable.fromWeb, Readable.toWeb and Writable's, which the library leaves out. */
export function addWeb({ Readable, Writable }) {
  Readable.fromWeb = (web, options) => {
    async function* chunks() {
      const reader = web.getReader();
      let ended = false;
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          yield value instanceof Uint8Array && options?.objectMode !== true ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;
        }
        ended = true;
      } finally {
        if (!ended) await reader.cancel();
        reader.releaseLock();
      }
    }
    return Readable.from(chunks(), { objectMode: false, ...options });
  };
  Readable.toWeb = (node) => {
    let iterator;
    return new ReadableStream({
      async pull(controller) {
        iterator ??= node[Symbol.asyncIterator]();
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value instanceof Uint8Array ? new Uint8Array(value) : value);
      },
      cancel: (reason) => void node.destroy(reason),
    }, { highWaterMark: 0 });
  };
  Writable.fromWeb = (web, options) => {
    const writer = web.getWriter();
    return new Writable({
      ...options,
      write: (chunk, _encoding, done) => void writer.write(chunk).then(() => done(), done),
      final: (done) => void writer.close().then(() => done(), done),
      destroy: (error, done) => void (error === null ? Promise.resolve() : writer.abort(error)).then(() => done(error), done),
    });
  };
  Writable.toWeb = (node) => new WritableStream({
    start: (controller) => void node.on("error", (e) => controller.error(e)),
    write: (chunk) => new Promise((resolve, reject) => node.write(chunk, (e) => (e ? reject(e) : resolve()))),
    close: () => new Promise((resolve, reject) => node.end((e) => (e ? reject(e) : resolve()))),
    abort: (reason) => void node.destroy(reason),
  });
}

import { AbortError } from "./errors.js";

/** events.on(): the events of an emitter one after the other, until it fails or the loop ends. */
export function on(emitter, event, { signal, close = [], highWaterMark = Infinity, lowWaterMark = 1 } = {}) {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const waiting = [], queue = [], listening = [];
  let failure, ended = false, paused = false;
  const listen = (target, name, f) => {
    if (typeof target.on === "function") target.on(name, f);
    else target.addEventListener(name, f);
    listening.push(() => (typeof target.off === "function" ? target.off(name, f) : target.removeEventListener(name, f)));
  };
  const end = () => {
    for (const stop of listening.splice(0)) stop();
    ended = true;
    for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
  };
  const fail = (e) => {
    if (waiting.length > 0) waiting.shift().reject(e);
    else failure = { e };
    end();
  };
  const got = (...args) => {
    if (waiting.length > 0) return waiting.shift().resolve({ value: args, done: false });
    queue.push(args);
    if (queue.length > highWaterMark && !paused) {
      paused = true;
      emitter.pause?.();
    }
  };
  listen(emitter, event, got);
  if (event !== "error" && typeof emitter.on === "function") listen(emitter, "error", fail);
  for (const name of close) listen(emitter, name, end);
  if (signal) listen(signal, "abort", () => fail(new AbortError(undefined, { cause: signal.reason })));
  return {
    next() {
      if (queue.length > 0) {
        const value = queue.shift();
        if (paused && queue.length < lowWaterMark) {
          paused = false;
          emitter.resume?.();
        }
        return Promise.resolve({ value, done: false });
      }
      if (failure !== undefined) {
        const { e } = failure;
        failure = undefined;
        return Promise.reject(e);
      }
      if (ended) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      end();
      return Promise.resolve({ value: undefined, done: true });
    },
    throw(e) {
      fail(e);
      return Promise.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() { return this; },
  };
}

import { AbortError } from "../lib/errors.js";

// Looked up when they are called: node:async_hooks replaces the global ones.
const start = (...args) => globalThis.setTimeout(...args);
const aborted = (signal) => new AbortError(undefined, { cause: signal.reason });

function after(ms, value, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(aborted(signal));
    };
    if (signal?.aborted) return reject(aborted(signal));
    const timer = start(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value);
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

export const setTimeout = (ms, value, options) => after(ms, value, options?.signal);
export const setImmediate = (value, options) => after(0, value, options?.signal);
export async function* setInterval(ms, value, options) {
  for (;;) yield await after(ms, value, options?.signal);
}
export const scheduler = { wait: (ms, options) => after(ms, undefined, options?.signal), yield: () => after(0) };
export default { scheduler, setImmediate, setInterval, setTimeout };

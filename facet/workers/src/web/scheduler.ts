import { setTimeout } from "./timers.ts";
import { addAbortAlgorithm, isAbortSignal } from "./events/abort.ts";

/** scheduler.wait(ms), a promise in place of setTimeout. */
export const scheduler = {
  wait(ms: unknown, options?: { signal?: unknown }): Promise<void> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      if (isAbortSignal(signal)) {
        if (signal.aborted) return reject(signal.reason);
        addAbortAlgorithm(signal, () => reject(signal.reason));
      }
      setTimeout(() => resolve(), ms);
    });
  },
};

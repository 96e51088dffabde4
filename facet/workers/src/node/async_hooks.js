// The engine has no hook for what follows an await. So where a worker imports this
// module the bundler makes generators of its async functions: all continuations are
// then callbacks of then(), which keep the frame here.
import { AsyncResource, carry, frame, within } from "./lib/async_context.js";
import { missing } from "./lib/missing.js";

const { then } = Promise.prototype;
Object.defineProperty(Promise.prototype, "then", {
  value: function (fulfilled, rejected) { return Reflect.apply(then, this, [carry(fulfilled), carry(rejected)]); },
  writable: true, configurable: true,
});
for (const name of ["setTimeout", "setInterval", "queueMicrotask", "setImmediate"]) {
  const start = globalThis[name];
  if (start === undefined) continue;
  const value = { [name]: (callback, ...rest) => start(carry(callback), ...rest) }[name];
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/** As on the peer: run, exit, getStore, bind and snapshot; what would change the frame of running code is not there. */
export class AsyncLocalStorage {
  #fallback;
  constructor(options) {
    this.#fallback = options?.defaultValue;
    this.name = options?.name ?? "";
  }
  static bind(f) {
    const kept = frame();
    return (...args) => within(kept, f, undefined, args);
  }
  static snapshot() {
    const kept = frame();
    return (f, ...args) => within(kept, f, undefined, args);
  }
  run(store, f, ...args) { return within(new Map(frame()).set(this, store), f, undefined, args); }
  exit(f, ...args) {
    const less = new Map(frame());
    less.delete(this);
    return within(less, f, undefined, args);
  }
  getStore() {
    const now = frame();
    return now !== undefined && now.has(this) ? now.get(this) : this.#fallback;
  }
  enterWith() { throw new Error("asyncLocalStorage.enterWith() is not implemented"); }
  disable() { throw new Error("asyncLocalStorage.disable() is not implemented"); }
}

export { AsyncResource };
export const createHook = () => ({ enable() { return this; }, disable() { return this; } });
export const executionAsyncId = () => 0;
export const triggerAsyncId = () => 0;
export const executionAsyncResource = missing("node:async_hooks", "executionAsyncResource");
export default { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId, executionAsyncResource, triggerAsyncId };

// What travels along: a Map from each AsyncLocalStorage to its value, never changed
// once it is made; undefined for none. At the bottom of the stack there is none, so
// whatever is to have one brings it: see async_hooks.js.
let current;

export const frame = () => current;

/** Calls f with a frame in place. */
export function within(frame, f, self, args) {
  const before = current;
  current = frame;
  try {
    return Reflect.apply(f, self, args);
  } finally {
    current = before;
  }
}

/** A function that has the present frame whenever it is called. */
export function carry(f) {
  if (typeof f !== "function" || current === undefined) return f;
  const kept = current;
  return function (...args) {
    return within(kept, f, this, args);
  };
}

export class AsyncResource {
  #frame = current;
  constructor(type) {
    if (typeof type !== "string") throw Object.assign(new TypeError('The "type" argument must be of type string.'), { code: "ERR_INVALID_ARG_TYPE" });
    this.type = type;
    Object.defineProperty(this, "type", { enumerable: false });
  }
  static bind(f, type) { return new AsyncResource(type ?? f.name ?? "bound-anonymous-fn").bind(f); }
  bind(f) { return (...args) => this.runInAsyncScope(f, undefined, ...args); }
  runInAsyncScope(f, self, ...args) { return within(this.#frame, f, self, args); }
  emitDestroy() { return this; }
  asyncId() { return 0; }
  triggerAsyncId() { return 0; }
}

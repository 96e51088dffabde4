import { clearImmediate, setImmediate } from "./lib/immediate.js";
import * as promises from "./timers/promises.js";

// Looked up when they are called: node:async_hooks replaces the global ones.
export const setTimeout = (...args) => globalThis.setTimeout(...args);
export const setInterval = (...args) => globalThis.setInterval(...args);
export const { clearInterval, clearTimeout } = globalThis;
export { clearImmediate, promises, setImmediate };
export default { clearImmediate, clearInterval, clearTimeout, promises, setImmediate, setInterval, setTimeout };

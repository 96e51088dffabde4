// What the libraries use of process, which is not worth all of it.
export const env = {};
export const nextTick = (f, ...args) => queueMicrotask(() => f(...args));
export const emitWarning = (warning) => console.warn(String(warning));
export const versions = {};
export const stderr = undefined;
export default { emitWarning, env, nextTick, versions };

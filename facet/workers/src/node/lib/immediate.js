/** An immediate is a timer without delay: nothing comes between the two here. */
export const setImmediate = (callback, ...args) => globalThis.setTimeout(callback, 0, ...args);
export const clearImmediate = (immediate) => clearTimeout(immediate);

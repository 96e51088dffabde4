import { Buffer } from "../buffer.js";
import { invalidType, outOfRange } from "./errors.js";

const MOST_AT_ONCE = 65536; // of getRandomValues

function fill(bytes) {
  for (let i = 0; i < bytes.length; i += MOST_AT_ONCE) crypto.getRandomValues(bytes.subarray(i, i + MOST_AT_ONCE));
}

/** Answers by the callback where there is one. */
function answer(callback, make) {
  if (callback === undefined) return make();
  if (typeof callback !== "function") throw invalidType("callback", "function", callback);
  const value = make();
  queueMicrotask(() => callback(null, value));
}

export function randomBytes(size, callback) {
  if (typeof size !== "number") throw invalidType("size", "number", size);
  if (!(size >= 0 && size <= 2147483647)) throw outOfRange("size", ">= 0 and within the buffer", size);
  return answer(callback, () => {
    const bytes = Buffer.alloc(Math.trunc(size));
    fill(bytes);
    return bytes;
  });
}

export function randomFillSync(view, offset = 0, size = view.byteLength - offset) {
  if (!ArrayBuffer.isView(view) && !(view instanceof ArrayBuffer)) throw invalidType("buf", "ArrayBuffer, Buffer, TypedArray, or DataView", view);
  if (!(offset >= 0 && size >= 0 && offset + size <= view.byteLength)) throw outOfRange("size", ">= 0 and within the buffer", size);
  fill(new Uint8Array(view.buffer ?? view, (view.byteOffset ?? 0) + offset, size));
  return view;
}

export function randomFill(view, ...rest) {
  const callback = rest.pop();
  return answer(callback, () => randomFillSync(view, ...rest));
}

/** Without bias: what lies beyond the last whole multiple of the range is drawn again. */
export function randomInt(min, max, callback) {
  if (max === undefined || typeof max === "function") [min, max, callback] = [0, min, max];
  if (!Number.isSafeInteger(min)) throw invalidType("min", "a safe integer", min);
  if (!Number.isSafeInteger(max)) throw invalidType("max", "a safe integer", max);
  const span = max - min;
  if (!(span > 0 && span <= 2 ** 48 - 1)) throw outOfRange("max", "greater than min, by less than 2 ** 48", max);
  return answer(callback, () => {
    const most = 2 ** 48 - ((2 ** 48) % span);
    for (;;) {
      const b = randomBytes(6);
      const drawn = b.readUIntBE(0, 6);
      if (drawn < most) return min + (drawn % span);
    }
  });
}

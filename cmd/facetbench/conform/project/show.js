// A text for any value, the same in every engine: own keys in order, errors as
// "Name: message" without stack.
export function show(v, seen = []) {
  switch (typeof v) {
    case "string": return JSON.stringify(v);
    case "number": return Object.is(v, -0) ? "-0" : String(v);
    case "bigint": return v + "n";
    case "symbol": case "function": return typeof v;
    case "boolean": case "undefined": return String(v);
  }
  if (v === null) return "null";
  if (seen.includes(v)) return "(cycle)";
  const inside = [...seen, v];
  const list = (items) => items.map((x) => show(x, inside)).join(", ");
  if (v instanceof Error || v instanceof DOMException) return `${v.name}: ${v.message}`;
  if (Array.isArray(v)) return `[${list(v)}]`;
  if (v instanceof Date) return `Date(${v.getTime()})`;
  if (v instanceof RegExp) return String(v);
  if (v instanceof Map) return `Map{${[...v].map(([k, x]) => show(k, inside) + " => " + show(x, inside)).join(", ")}}`;
  if (v instanceof Set) return `Set{${list([...v])}}`;
  if (v instanceof ArrayBuffer) return `ArrayBuffer(${v.byteLength})[${[...new Uint8Array(v, 0, Math.min(v.byteLength, 16))]}]`;
  if (ArrayBuffer.isView(v)) return `${v.constructor.name}(${v.length ?? v.byteLength} of ${v.buffer.byteLength})`;
  return `{${Object.keys(v).map((k) => k + ": " + show(v[k], inside)).join(", ")}}`;
}

// What a function throws or rejects with; "no error" with its result otherwise.
export async function thrown(f) {
  try {
    return "no error: " + show(await f());
  } catch (e) {
    return e;
  }
}

// Only the class of what it throws, where the wording is the engine's.
export async function kind(f) {
  try {
    await f();
    return "no error";
  } catch (e) {
    return e.name;
  }
}

// Names of the methods of an object and its prototypes.
export function methods(o) {
  const names = new Set();
  for (let p = o; p && p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    for (const n of Object.getOwnPropertyNames(p)) if (n !== "constructor" && typeof o[n] === "function") names.add(n);
  }
  return [...names].sort();
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
// Waits until a condition holds, on a machine that may be slow; then a little, for what
// should not happen.
export const until = async (ok) => { for (let n = 0; n < 1000 && !(await ok()); n++) await sleep(10); await sleep(50); };

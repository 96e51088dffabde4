import { native } from "../../native.ts";

/** URL standard, section 5.1: application/x-www-form-urlencoded parsing. */
export function parseUrlencoded(input: string): Array<[string, string]> {
  const out: Array<[string, string]> = [];
  for (const part of input.split("&")) {
    if (part === "") continue;
    const eq = part.indexOf("=");
    out.push(eq < 0 ? [decode(part), ""] : [decode(part.slice(0, eq)), decode(part.slice(eq + 1))]);
  }
  return out;
}

function decode(s: string): string {
  const spaced = s.includes("+") ? s.replaceAll("+", " ") : s;
  if (!spaced.includes("%")) return spaced.toWellFormed();
  try {
    return decodeURIComponent(spaced).toWellFormed();
  } catch {
    return native.utf8Decode(percentDecode(native.utf8Encode(spaced)), 2);
  }
}

/** URL standard, section 1.3; what is no escape stays. */
function percentDecode(b: Uint8Array): Uint8Array {
  const out = new Uint8Array(b.length);
  let n = 0;
  for (let i = 0; i < b.length; i++) {
    const hi = b[i] === 0x25 && i + 2 < b.length ? hex(b[i + 1]!) : -1;
    const lo = hi >= 0 ? hex(b[i + 2]!) : -1;
    if (lo >= 0) i += 2;
    out[n++] = lo >= 0 ? hi * 16 + lo : b[i]!;
  }
  return out.subarray(0, n);
}

function hex(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** URL standard, section 5.2. */
export function serializeUrlencoded(list: ReadonlyArray<readonly [string, string]>): string {
  let out = "";
  for (const [name, value] of list) out += `${out === "" ? "" : "&"}${encode(name)}=${encode(value)}`;
  return out;
}

const LEFT_ALONE = /[!'()~]|%20/g;

function encode(s: string): string {
  // encodeURIComponent leaves a few more characters than the standard wants.
  return encodeURIComponent(s.toWellFormed()).replace(LEFT_ALONE, (c) => (c === "%20" ? "+" : "%" + c.charCodeAt(0).toString(16).toUpperCase()));
}

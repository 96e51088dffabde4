import { atob, btoa } from "./base64.ts";

const hex: string[] = [];
for (let i = 0; i < 256; i++) hex.push((i + 256).toString(16).slice(1));

/** Lower-case hexadecimal digits. */
export function hexOf(b: Uint8Array): string {
  let s = "";
  for (const n of b) s += hex[n]!;
  return s;
}

export function base64Of(b: Uint8Array): string {
  let s = "";
  for (const n of b) s += String.fromCharCode(n);
  return btoa(s);
}

export function bytesOfBase64(s: string): Uint8Array {
  return Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
}

import { bytesOf } from "../web/bytes.ts";

export type SqlBinding = null | number | string | Uint8Array;

/** What the peer makes of a JavaScript value in a query (facts S9, S10). */
export function bindingOf(v: unknown): SqlBinding {
  switch (typeof v) {
    case "number":
      return Number.isNaN(v) ? null : v;
    case "string":
      return v;
    case "undefined":
      return null;
    case "bigint":
      throw new TypeError("Cannot convert a BigInt value to a number");
    case "object":
      return v === null ? null : (bytesOf(v) ?? String(v));
    default:
      // Booleans and functions; a symbol throws TypeError.
      return `${v as string}`;
  }
}

import { open } from "../host/open.ts";
import { calls } from "./table.ts";

/** Bytes that may be sent of a body before the first credit (facet.proto, Credit). */
export const WINDOW = 256 * 1024;
/** What the windows of all calls add up to before each is made smaller, and the least of one; the supervisor does the same. */
const SPREAD = 8 * 1024 * 1024;
const LEAST = 4 * 1024;

/** How many bytes of each body may be on their way: many that nobody reads must not fill the supervisor's memory. */
export function share(): number {
  return Math.max(LEAST, Math.min(WINDOW, Math.floor(SPREAD / Math.max(1, calls.size + open.size))));
}

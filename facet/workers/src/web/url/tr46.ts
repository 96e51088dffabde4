import { native } from "../../native.ts";

/**
 * Stands in for the package tr46 inside whatwg-url: ICU has the same tables, and
 * leaving them out makes the runtime a third of its size.
 */
export function toASCII(domain: string, options: { checkHyphens?: boolean } = {}): string | null {
  return native.domainToASCII(domain, options.checkHyphens === true);
}

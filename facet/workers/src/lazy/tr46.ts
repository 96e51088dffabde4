/** Parameter of the script that the bundler wraps around url.ts. */
declare const domainToASCII: (domain: string, beStrict: boolean) => string | null;

/**
 * Stands in for the package tr46 inside whatwg-url: ICU has the same tables, and
 * leaving them out makes the runtime a third of its size.
 */
export function toASCII(domain: string, options: { checkHyphens?: boolean } = {}): string | null {
  // The engine's answer is a C string; NUL is a forbidden code point anyway.
  if (domain.includes("\0")) return null;
  return domainToASCII(domain, options.checkHyphens === true);
}

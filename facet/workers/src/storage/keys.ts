/** Keys are strings; a lone surrogate becomes U+FFFD (fact K7). */
export function keyOf(key: unknown, method: string, owner: string): string {
  if (key === undefined) throw new TypeError(`Failed to execute '${method}' on '${owner}': parameter 1 is not of type 'string'.`);
  return String(key).toWellFormed();
}

/** Compares as SQLite does: by code point, which is UTF-8 byte order. */
export function compareKeys(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate stands for a code point above all others of one unit.
    const xs = x >= 0xd800 && x < 0xe000;
    const ys = y >= 0xd800 && y < 0xe000;
    return xs === ys ? x - y : xs ? 1 : -1;
  }
  return a.length - b.length;
}

/** The smallest key above all that start with prefix; undefined where there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (c) => c.codePointAt(0)!);
  while (points.length > 0) {
    const last = points.pop()!;
    if (last === 0x10ffff) continue;
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

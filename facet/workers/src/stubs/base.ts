import type { Base } from "../refs/hook.ts";

type Finder = (o: object) => Base | undefined;

/** Each class of stubs has one; a list, since they know each other. */
const finders: Finder[] = [];

export function findBase(find: Finder): void {
  finders.push(find);
}

/** Where calls of a stub, of a promise for one or of a property of one go; undefined for what is none. */
export function baseOf(o: unknown): Base | undefined {
  if ((typeof o !== "object" && typeof o !== "function") || o === null) return undefined;
  for (const find of finders) {
    const base = find(o);
    if (base !== undefined) return base;
  }
  return undefined;
}

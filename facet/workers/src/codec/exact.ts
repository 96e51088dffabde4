import { wireLimits } from "./limits.ts";

/** Up to so many objects a linear search beats a Set. */
const LINEAR = 16;

/** Remembers the objects of one walk: JSON cannot say that one occurs twice. */
class Seen {
  readonly #list: object[] = [];
  #set: Set<object> | undefined;

  /** add reports whether the object is new. */
  add(o: object): boolean {
    if (this.#set !== undefined) {
      if (this.#set.has(o)) return false;
      this.#set.add(o);
      return true;
    }
    if (this.#list.includes(o)) return false;
    this.#list.push(o);
    if (this.#list.length > LINEAR) this.#set = new Set(this.#list);
    return true;
  }
}

/**
 * jsonExact reports whether JSON.stringify keeps the value exactly
 * (docs/values.md): the fast path for what applications mostly store. plain: objects
 * without a prototype are none.
 */
export function jsonExact(value: unknown, plain = false): boolean {
  if (typeof value !== "object" || value === null) return exactPrimitive(value);
  // An application that gives every array or object a toJSON gets the slow path.
  if ("toJSON" in Array.prototype) return false;
  const budget = { items: wireLimits.items };
  return exactObject(value, 1, new Seen(), budget, plain);
}

function exactPrimitive(v: unknown): boolean {
  switch (typeof v) {
    case "string":
      return v.isWellFormed();
    case "number":
      return v - v === 0 && (v !== 0 || 1 / v > 0);
    case "boolean":
      return true;
    default:
      return v === null;
  }
}

function exactObject(o: object, depth: number, seen: Seen, budget: { items: number }, plain: boolean): boolean {
  if (depth > wireLimits.depth || !seen.add(o)) return false;
  const proto = Object.getPrototypeOf(o);
  if (Array.isArray(o)) {
    if (proto !== Array.prototype || (budget.items -= o.length) < 0) return false;
    for (let i = 0; i < o.length; i++) {
      const v: unknown = o[i];
      if (typeof v === "object" && v !== null ? !exactObject(v, depth + 1, seen, budget, plain) : !exactPrimitive(v)) return false;
    }
    return true;
  }
  if ((proto !== Object.prototype && (plain || proto !== null)) || Symbol.toStringTag in o) return false;
  const keys = Object.keys(o);
  if ((budget.items -= keys.length) < 0) return false;
  for (const key of keys) {
    if (!key.isWellFormed()) return false;
    const v = (o as Record<string, unknown>)[key];
    if (typeof v === "object" && v !== null ? !exactObject(v, depth + 1, seen, budget, plain) : !exactPrimitive(v)) return false;
  }
  return true;
}

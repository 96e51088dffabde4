/**
 * A base class that makes a given object an instance: what ctx.exports holds is
 * callable, so these instances have to be functions.
 */
export class Stamped {
  constructor(o?: object) {
    if (o !== undefined) return o as this;
  }
}

/** Must be given to constructors that applications may reach but not use. */
export const INTERNAL = Symbol("internal");

export function checkInternal(token: symbol): void {
  if (token !== INTERNAL) throw new TypeError("Illegal constructor");
}

/** A function that is an instance of a class only, with nothing of a function's own. */
export function callable<F extends (...args: never[]) => unknown>(f: F, prototype: object): F {
  Reflect.deleteProperty(f, "name");
  Reflect.deleteProperty(f, "length");
  return Object.setPrototypeOf(f, prototype) as F;
}

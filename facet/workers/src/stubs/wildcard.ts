/** Array indices are no names of members, as on the peer. */
const INDEX = /^(?:0|[1-9]\d*)$/;

const ZERO = 48;
const NINE = 57;

/** Whether a name that nothing else has stands for a member of the thing at the other end. */
export function isMember(name: string | symbol): name is string {
  if (typeof name !== "string" || name === "then" || name in Object.prototype) return false;
  const first = name.charCodeAt(0);
  return !(first >= ZERO && first <= NINE) || !INDEX.test(name);
}

/** Stands behind a prototype, so that names which nothing else has give members. */
export function wildcard(prototype: object, get: (receiver: object, name: string) => unknown): void {
  const behind = new Proxy(Object.prototype, {
    get(target, name, receiver) {
      return isMember(name) ? get(receiver as object, name) : (Reflect.get(target, name, receiver) as unknown);
    },
    set(_target, name, value, receiver) {
      return Reflect.defineProperty(receiver as object, name, { value, writable: true, enumerable: true, configurable: true });
    },
  });
  Object.setPrototypeOf(prototype, behind);
}

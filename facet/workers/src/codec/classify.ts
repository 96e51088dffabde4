/**
 * kindOf tells what an object is for the structured clone algorithm by the
 * internal slots it has, not by what it claims: the tag only chooses which probe
 * to make, so that a subclass is recognised and a liar is a plain object.
 */
export type Kind =
  | "object" | "array" | "map" | "set" | "date" | "regexp" | "error" | "buffer" | "view" | "boxed" | "refused";

const tagOf = Object.prototype.toString;
const platform = new WeakSet<object>();

/** Objects of these classes have state that no clone could carry. */
export function refuseToClone(...classes: Array<{ prototype: object }>): void {
  for (const c of classes) platform.add(c.prototype);
}

export function isPlatform(o: object): boolean {
  for (let p: unknown = Object.getPrototypeOf(o); p !== null; p = Object.getPrototypeOf(p)) if (platform.has(p as object)) return true;
  return false;
}

/** Objects that say themselves why they are refused have the reason under this key. */
export const REFUSAL = Symbol("refusal");

/** The message of the DataCloneError for a value. */
export function refusal(v: unknown): string {
  const own = (typeof v === "object" && v !== null) || typeof v === "function" ? (v as { [REFUSAL]?: string })[REFUSAL] : undefined;
  return own ?? `${describe(v)} could not be cloned.`;
}

const probes: Record<string, [Kind, (o: never) => unknown]> = {
  Map: ["map", (o: Map<unknown, unknown>) => mapHas.call(o, 0)],
  Set: ["set", (o: Set<unknown>) => setHas.call(o, 0)],
  Date: ["date", (o: Date) => dateTime.call(o)],
  RegExp: ["regexp", (o: RegExp) => regexpFlags.call(o)],
  ArrayBuffer: ["buffer", (o: ArrayBuffer) => bufferSlice.call(o, 0, 0)],
  Boolean: ["boxed", (o: boolean) => booleanValue.call(o)],
  Number: ["boxed", (o: number) => numberValue.call(o)],
  String: ["boxed", (o: string) => stringValue.call(o)],
  BigInt: ["boxed", (o: bigint) => bigintValue.call(o)],
  WeakMap: ["refused", (o: WeakMap<object, unknown>) => weakMapHas.call(o, platform)],
  WeakSet: ["refused", (o: WeakSet<object>) => weakSetHas.call(o, platform)],
  WeakRef: ["refused", (o: WeakRef<object>) => deref.call(o)],
  Promise: ["refused", (o: object) => { if (!(o instanceof Promise)) throw new TypeError(); }],
  Generator: ["refused", () => undefined],
  AsyncGenerator: ["refused", () => undefined],
  SharedArrayBuffer: ["refused", () => undefined],
  Symbol: ["refused", () => undefined],
};
const mapHas = Map.prototype.has;
const setHas = Set.prototype.has;
const dateTime = Date.prototype.getTime;
const regexpFlags = Object.getOwnPropertyDescriptor(RegExp.prototype, "global")!.get!;
const bufferSlice = ArrayBuffer.prototype.slice;
const booleanValue = Boolean.prototype.valueOf;
const numberValue = Number.prototype.valueOf;
const stringValue = String.prototype.valueOf;
const bigintValue = BigInt.prototype.valueOf;
const weakMapHas = WeakMap.prototype.has;
const weakSetHas = WeakSet.prototype.has;
const deref = WeakRef.prototype.deref;

export function kindOf(o: object): Kind {
  if (Array.isArray(o)) return "array";
  const proto: unknown = Object.getPrototypeOf(o);
  if (proto === null || proto === Object.prototype) return Symbol.toStringTag in o ? byProbe(o) : "object";
  if (ArrayBuffer.isView(o)) return "view";
  if (isPlatform(o)) return "refused";
  if (isError(o)) return "error";
  return byProbe(o);
}

function byProbe(o: object): Kind {
  const tag = tagOf.call(o).slice(8, -1);
  const probe = Object.hasOwn(probes, tag) ? probes[tag] : undefined;
  if (probe === undefined) return "object";
  try {
    probe[1](o as never);
    return probe[0];
  } catch {
    return "object";
  }
}

/** Whether an object has what only Error constructors give, where the engine can tell. */
const isError: (o: object) => boolean = (Error as { isError?: (o: unknown) => boolean }).isError ?? ((o) => o instanceof Error);

/** describe names a value as V8 does in "… could not be cloned." */
export function describe(value: unknown): string {
  if (typeof value === "symbol") return String(value);
  if (typeof value === "function") return Function.prototype.toString.call(value);
  if (typeof value !== "object" || value === null) return String(value);
  return `#<${className(value)}>`;
}

/** className finds the name of an object's constructor without running its code. */
export function className(o: object): string {
  for (let p: unknown = o; p !== null; p = Object.getPrototypeOf(p)) {
    const c: unknown = Object.getOwnPropertyDescriptor(p as object, "constructor")?.value;
    if (typeof c !== "function") continue;
    const name: unknown = Object.getOwnPropertyDescriptor(c, "name")?.value;
    if (typeof name === "string" && name !== "") return name;
  }
  return "Object";
}

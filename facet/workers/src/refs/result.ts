import type { Arrivals } from "./arrivals.ts";
import { isStub } from "../stubs/rpc_stub.ts";

const nothing = { value: () => undefined, writable: true, enumerable: false, configurable: true };

/** Gives the result of a call its disposer, which takes along all stubs inside. */
export function owned(value: unknown, arrivals: Arrivals | undefined): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || isStub(value)) {
    arrivals?.disposeRest();
    return value;
  }
  if (arrivals === undefined) return Object.defineProperty(value, Symbol.dispose, nothing);
  arrivals.restWith(value);
  return Object.defineProperty(value, Symbol.dispose, { ...nothing, value: () => arrivals.dispose() });
}

/** Runs the disposer of a call's result. */
export function disposeResult(value: unknown): void {
  const dispose = (value as { [Symbol.dispose]?: () => void } | null | undefined)?.[Symbol.dispose];
  if (typeof dispose === "function") Reflect.apply(dispose, value, []);
}

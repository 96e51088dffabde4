import { reportError } from "./report.ts";

/** Keeps nothing alive here: the instance lives as long as the supervisor wants. A rejection is only logged (fact F53). */
export function waitUntil(promise: unknown): void {
  Promise.resolve(promise).catch((e: unknown) => reportError(e, "Uncaught (in waitUntil)"));
}

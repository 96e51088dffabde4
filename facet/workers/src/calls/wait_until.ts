import { currentContext } from "./context.ts";
import { reportError } from "./report.ts";

/** Keeps the call's stubs; the instance lives as long as the supervisor wants. A rejection is only logged (fact F53). */
export function waitUntil(promise: unknown): void {
  const context = currentContext();
  context?.hold();
  Promise.resolve(promise)
    .catch((e: unknown) => reportError(e, "Uncaught (in waitUntil)"))
    .finally(() => context?.release());
}

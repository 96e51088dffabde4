/**
 * EventTarget takes a signal and AbortSignal is an EventTarget; this breaks the
 * circle of imports.
 */
let hook: (signal: unknown, f: () => void) => void;

export function setAbortHook(h: typeof hook): void {
  hook = h;
}

/** Runs f when the signal aborts. Throws TypeError where it is no signal. */
export function onAbort(signal: unknown, f: () => void): void {
  hook(signal, f);
}

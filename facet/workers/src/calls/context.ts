import { currentCall } from "../loop/current.ts";

interface Held { dispose(): void }

/**
 * What belongs to one event of an entrypoint: its end takes the stubs along that
 * nobody disposed of. It lasts until the call is answered, what waitUntil() was
 * given is settled, and nobody holds what the call handed out. An object's
 * context is the object's life and needs no such thing.
 */
export class Context {
  #holds = 1;
  /** Made when they are needed, which most calls do not. */
  #held: Set<Held> | undefined;
  #ends: Array<() => void> | undefined;

  add(h: Held): void { (this.#held ??= new Set()).add(h); }
  delete(h: Held): void { this.#held?.delete(h); }

  hold(): void { this.#holds++; }

  /** Calls f when all of it is over. */
  atEnd(f: () => void): void { (this.#ends ??= []).push(f); }

  release(): void {
    if (--this.#holds > 0) return;
    if (this.#ends !== undefined) for (const f of this.#ends.splice(0)) f();
    if (this.#held !== undefined) for (const h of [...this.#held]) h.dispose();
  }
}

/** The contexts of calls in progress. */
const contexts = new Map<number, Context>();

/** Gives the call a context, a new one unless it goes on in another's. */
export function enterContext(call: number, of?: Context): void {
  of?.hold();
  contexts.set(call, of ?? new Context());
}

/** The call has ended. */
export function leaveContext(call: number): void {
  if (contexts.size === 0) return;
  const context = contexts.get(call);
  if (context === undefined) return;
  contexts.delete(call);
  context.release();
}

/** That of a call in progress; undefined in an object. */
export function contextOf(call: number): Context | undefined {
  return contexts.get(call);
}

/** That of the running turn; undefined in an object. */
export function currentContext(): Context | undefined {
  return contexts.size === 0 ? undefined : contexts.get(currentCall);
}

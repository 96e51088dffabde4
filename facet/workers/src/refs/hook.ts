import { type Context, currentContext } from "../calls/context.ts";
import type { Parcel } from "./parcel.ts";

/** What a reference leads to, as docs/projects.md numbers it. */
export const enum RefKind {
  Function = 1,
  Target = 2,
  Stub = 3,
  Class = 4,
  Readable = 5,
  Writable = 6,
}

/** What calls and reads of properties go to. */
export interface Base {
  /**
   * Walks the properties of the path and calls the last one, or reads it where args
   * is undefined; an empty path means the thing itself. Takes args over.
   */
  request(path: readonly string[], args: Parcel | undefined): Promise<unknown>;
}

/** A thing that stubs stand for; it counts those who hold it. */
export interface Hook extends Base {
  readonly kind: RefKind;
  retain(): void;
  release(): void;
}

const GONE = "RPC stub used after being disposed.";

/** One holder of a hook, which it releases once. */
export class Grip {
  #hook: Hook | undefined;
  readonly #context: Context | undefined = currentContext();

  /** Takes over what the caller has retained. */
  constructor(hook: Hook) {
    this.#hook = hook;
    this.#context?.add(this);
  }

  get live(): boolean { return this.#hook !== undefined; }

  /** Throws once it has let go. */
  get hook(): Hook {
    if (this.#hook === undefined) throw new Error(GONE);
    return this.#hook;
  }

  dispose(): void {
    const hook = this.#hook;
    if (hook === undefined) return;
    this.#hook = undefined;
    this.#context?.delete(this);
    hook.release();
  }
}

const owners = new FinalizationRegistry<Grip>((grip) => grip.dispose());

/** The last resort for stubs that nobody disposes of: the grip goes when the collector takes its owner. */
export function disposeWith(owner: object, grip: Grip): void {
  owners.register(owner, grip);
}

import { FailureKind } from "../messages.ts";
import { currentContext } from "../calls/context.ts";
import { describeError } from "../calls/failure.ts";
import { reportError } from "../calls/report.ts";
import { noHandlerError } from "../actor/instance.ts";
import { errorOf } from "../host/error.ts";
import { currentCall } from "../loop/current.ts";
import * as gate from "../loop/gate.ts";
import { RefKind, type Hook } from "./hook.ts";
import { pack, type Parcel } from "./parcel.ts";
import { owned } from "./result.ts";
import { dispatch } from "./walk.ts";

/** docs/projects.md: so many exports of an instance. The supervisor counts, too. */
const MAX_EXPORTS = 65536;

/** What was sent and is held by somebody, by the numbers under which they call it. */
const exports = new Map<number, Local>();
let last = 0;

/** A function, object or stream of this instance for which there are stubs, here or elsewhere. */
export class Local implements Hook {
  readonly value: object;
  readonly kind: RefKind;
  /** Calls of it belong to the event that handed it out. */
  readonly context = currentContext();
  #holders = 1;
  #number = 0;
  /** How often it travelled, less what was released. */
  #travelled = 0;
  /** Who sent it, and how many critical sections were open then. */
  #owner = currentCall;
  #level = gate.level();

  /** Held once by whoever makes it. */
  constructor(value: object, kind: RefKind) {
    this.value = value;
    this.kind = kind;
    this.context?.hold();
  }

  /** The gate's level for a call: what a critical section sent out may call back into it. */
  get level(): number {
    return gate.ownsSection(this.#owner) ? Infinity : this.#level;
  }

  /** The number for a message that is sent now. Throws RangeError. */
  travel(): number {
    if (this.#number === 0) {
      if (exports.size >= MAX_EXPORTS) throw new RangeError(`Others hold ${MAX_EXPORTS} functions and objects of this instance, which is the limit: dispose of stubs that are no longer needed.`);
      this.#number = ++last;
      exports.set(this.#number, this);
      this.retain();
    }
    this.#travelled++;
    this.#level = Math.max(this.#level, gate.level());
    if (gate.ownsSection(currentCall)) this.#owner = currentCall;
    return this.#number;
  }

  /** So many of those that travelled were dropped. */
  dropped(count: number): void {
    this.#travelled -= count;
    if (this.#travelled > 0 || !exports.delete(this.#number)) return;
    this.#number = 0;
    this.release();
  }

  /** A call by this instance itself; arguments and result are copied as they would be between two. */
  async request(path: readonly string[], args: Parcel | undefined): Promise<unknown> {
    this.retain();
    const given = args?.arrive();
    try {
      await undefined;
      const back = pack(await dispatch(this.value, path, given === undefined ? undefined : () => given.list()), true);
      const result = back.arrive();
      return owned(result.value(), result.arrivals);
    } catch (e) {
      const { name, message } = describeError(noHandlerError(e) ?? e);
      throw errorOf(FailureKind.Exception, name, message);
    } finally {
      given?.arrivals?.dispose();
      this.release();
    }
  }

  retain(): void { this.#holders++; }

  release(): void {
    if (--this.#holders > 0) return;
    void Promise.resolve().then(() => this.#end());
  }

  #end(): void {
    try {
      const dispose: unknown = (this.value as { [Symbol.dispose]?: unknown })[Symbol.dispose];
      if (typeof dispose === "function") Reflect.apply(dispose, this.value, []);
    } catch (e) {
      reportError(e, "Uncaught (in Symbol.dispose)");
    }
    this.context?.release();
  }
}

export function exported(number: number): Local | undefined {
  return exports.get(number);
}

/** A Release message: a list of [export, count]. */
export function onRelease(json: string): void {
  for (const [number, count] of JSON.parse(json) as Array<[number, number]>) exports.get(number)?.dropped(count);
}

import { Out } from "../messages.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import { arrivalsOf, Delivery } from "../refs/arrivals.ts";
import { parseDetails } from "../refs/details.ts";
import { pack, type Parcel } from "../refs/parcel.ts";
import { owned } from "../refs/result.ts";
import { HostCall } from "./call.ts";
import { type Channel, postOpening } from "./channel.ts";

/** docs/projects.md: so many properties of a path. */
const MAX_PATH = 64;

/** What a call asks for: the method after the properties of the path, or a property. */
interface Question {
  readonly method: string;
  readonly path?: readonly string[];
  readonly property?: true;
}

class RpcCall extends HostCall {
  readonly #question: Question;
  #args: Parcel | ((call: HostCall) => unknown[]) | undefined;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (e: unknown) => void;
  #sent: (() => void) | undefined;

  constructor(channel: Channel, question: Question, args: Parcel | ((call: HostCall) => unknown[]) | undefined, resolve: (value: unknown) => void, reject: (e: unknown) => void, sent?: () => void) {
    super(channel);
    this.#question = question;
    this.#args = args;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#sent = sent;
  }

  protected override send(): void {
    if (typeof this.#args === "function") this.#args = pack(this.#args(this), false);
    const target = this.channel.target(this);
    postOpening(Out.HostRpc, this.id, 0, this.#question.method, this.#details(), undefined, target, this.#args?.encoded);
    this.#letGo();
  }

  #details(): string | undefined {
    const { path, property } = this.#question;
    const refs = (this.#args as Parcel | undefined)?.wire();
    return refs === undefined && path === undefined && property === undefined ? undefined : JSON.stringify({ refs, path, property });
  }

  /** The message is sent, or never will be. */
  #letGo(): void {
    if (this.#args !== undefined && typeof this.#args !== "function") this.#args.drop();
    this.#args = undefined;
    this.#sent?.();
    this.#sent = undefined;
  }

  override onResult(details: string, body: Uint8Array | undefined): void {
    const arrivals = arrivalsOf(parseDetails(details).refs);
    if (!this.finish()) return arrivals?.dispose();
    try {
      const value = body === undefined ? undefined : new Delivery(body, arrivals).value();
      this.#resolve(owned(value, arrivals));
    } catch (e) {
      arrivals?.dispose();
      this.#reject(e);
    }
  }

  protected override onFailure(e: unknown): void {
    this.#letGo();
    this.#reject(e);
  }
}

/**
 * Calls the last name of the path, or reads it where args is undefined. Takes args
 * over; sent is told when the message has left, or never will.
 */
export function request(channel: Channel, path: readonly string[], args: Parcel | undefined, sent?: () => void): Promise<unknown> {
  return new Promise((resolve, reject) => {
    try {
      refuseInGlobalScope();
      channel.check?.();
      new RpcCall(channel, question(path, args === undefined), args, resolve, reject, sent).start();
    } catch (e) {
      args?.drop();
      sent?.();
      throw e;
    }
  });
}

function question(path: readonly string[], property: boolean): Question {
  if (path.length > MAX_PATH) throw new RangeError(`A path may have ${MAX_PATH} properties.`);
  const method = path.at(-1) ?? "";
  if (path.length < 2) return property ? { method, property } : { method };
  return property ? { method, path: path.slice(0, -1), property } : { method, path: path.slice(0, -1) };
}

const host: Channel = { urgent: true, uncounted: true, target: () => '{"host":{}}' };

/** Asks the supervisor for an operation (docs/projects.md); args may name callbacks of the call. */
export function operate(name: string, args: (call: HostCall) => unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => new RpcCall(host, { method: name }, args, resolve, reject).start());
}

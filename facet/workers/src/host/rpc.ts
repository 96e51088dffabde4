import { Out } from "../messages.ts";
import { native } from "../native.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import { decode, encode } from "../codec/values.ts";
import { HostCall } from "./call.ts";
import { type Channel, opening } from "./channel.ts";

class RpcCall extends HostCall {
  readonly #method: string;
  readonly #args: string | Uint8Array | ((call: HostCall) => unknown[]);
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (e: unknown) => void;

  constructor(channel: Channel, method: string, args: string | Uint8Array | ((call: HostCall) => unknown[]), resolve: (value: unknown) => void, reject: (e: unknown) => void) {
    super(channel);
    this.#method = method;
    this.#args = args;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override send(): void {
    const args = typeof this.#args === "function" ? encode(this.#args(this)) : this.#args;
    native.post(Out.HostRpc, this.id, 0, this.#method, undefined, undefined, opening(this.channel.target(this), args));
  }

  override onResult(body: ArrayBuffer | undefined): void {
    if (!this.finish()) return;
    try {
      this.#resolve(body === undefined || body.byteLength === 0 ? undefined : decode(new Uint8Array(body)));
    } catch (e) {
      this.#reject(e);
    }
  }

  protected override onFailure(e: unknown): void {
    this.#reject(e);
  }
}

/** Calls a method; the arguments are copied now. */
export function callMethod(channel: Channel, method: string, args: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    refuseInGlobalScope();
    channel.check?.();
    new RpcCall(channel, method, encode(args), resolve, reject).start();
  });
}

const host: Channel = { urgent: true, uncounted: true, target: () => ({ host: {} }) };

/** Asks the supervisor for an operation (docs/projects.md); args may name callbacks of the call. */
export function operate(name: string, args: (call: HostCall) => unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => new RpcCall(host, name, args, resolve, reject).start());
}

import { HostCall } from "../../host/call.ts";
import type { Channel } from "../../host/channel.ts";
import { refuseInGlobalScope } from "../../loop/current.ts";
import { Out } from "../../messages.ts";
import { native } from "../../native.ts";
import { concat } from "../bytes.ts";

/** What is asked of the runner: the Request of facet/internal/compute. */
export interface Request {
  readonly op: "encrypt" | "decrypt" | "sign" | "verify" | "derive" | "generate" | "import" | "export" | "compress" | "decompress";
  readonly name?: string;
  readonly hash?: string | undefined;
  readonly curve?: string | undefined;
  readonly format?: string;
  readonly bits?: number;
  readonly salt?: number;
  readonly rounds?: number;
  readonly private?: boolean;
}

/** The supervisor has no part in these calls. */
const runner: Channel = { urgent: true, uncounted: true, target: () => "" };

class Computation extends HostCall {
  readonly #text: string;
  #body: Uint8Array | undefined;
  readonly #resolve: (result: Uint8Array) => void;
  readonly #reject: (e: unknown) => void;

  constructor(text: string, body: Uint8Array, resolve: (result: Uint8Array) => void, reject: (e: unknown) => void) {
    super(runner);
    this.#text = text;
    this.#body = body;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override send(): void {
    native.post(Out.Compute, this.id, this.owner, this.#text, undefined, undefined, this.#body);
    this.#body = undefined;
  }

  override onResult(_details: string, body: Uint8Array | undefined): void {
    if (this.finish()) this.#resolve(body === undefined ? new Uint8Array(0) : new Uint8Array(body));
  }

  /** The supervisor knows nothing of it; what the runner answers is dropped. */
  override cancel(reason: unknown): void {
    this.fail(reason);
  }

  protected override onFailure(e: unknown): void {
    this.#body = undefined;
    this.#reject(e);
  }
}

/** The parts are copied at once: whoever gave them may change them meanwhile. */
export function compute(request: Request, parts: readonly Uint8Array[]): Promise<Uint8Array> {
  refuseInGlobalScope();
  const lengths = parts.map((p) => p.length);
  const body = concat(parts, lengths.reduce((a, b) => a + b, 0));
  const text = JSON.stringify({ ...request, lengths });
  return new Promise((resolve, reject) => new Computation(text, body, resolve, reject).start());
}

/** The two results of one computation. */
export function pairOf(result: Uint8Array): [Uint8Array, Uint8Array] {
  const n = new DataView(result.buffer, result.byteOffset).getUint32(0, true);
  return [result.slice(4, 4 + n), result.slice(4 + n)];
}

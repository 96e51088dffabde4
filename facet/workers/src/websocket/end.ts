import { startTimer } from "../loop/timers.ts";
import type { WebSocket } from "./websocket.ts";
import type { Wire } from "./wire.ts";

/** What one end says to the other. */
export type Said =
  | { readonly data: string | Uint8Array }
  | { readonly code: number; readonly reason: string }
  /** The connection broke; reason is empty unless the other side broke the protocol. */
  | { readonly lost: string };

export const enum Mode {
  Unaccepted,
  Plain,
  Hibernating,
}

/** The code of a close without one (RFC 6455, section 7.4.1). */
export const NO_CODE = 1005;
export const LOST_CODE = 1006;

/** How an end that was accepted hands out what it hears; done is called when that has been dealt with. */
export type Deliver = (end: End, said: Said, done: () => void) => void;

/** The other end is gone. */
export const nothing = (): void => undefined;

/** One end of a WebSocket, which the application sees as a WebSocket. */
export class End {
  socket: WebSocket | undefined;
  mode = Mode.Unaccepted;
  /** It went with a response: another instance, or a client, has it. */
  used = false;
  /** Waits for the answer to its handshake. */
  connecting = false;
  sentClose = false;
  gotClose = false;
  lost = false;
  halfOpen = false;
  /** The other end while it is in this instance, too. */
  other: End | undefined;
  wire: Wire | undefined;
  /** For hibernation. */
  tags: readonly string[] = [];
  attachment: Uint8Array | undefined;
  answered: number | undefined;
  #deliver: Deliver | undefined;
  #waiting: Array<{ readonly said: Said; readonly done: () => void }> = [];
  #draining = false;

  get readyState(): number {
    if (this.connecting) return 0;
    // As on the peer.
    if (this.lost && this.mode === Mode.Hibernating && !this.sentClose) return 2;
    if (this.lost || (this.sentClose && this.gotClose)) return 3;
    return this.sentClose || this.gotClose ? 2 : 1;
  }

  /** What came before goes out in turns of their own: listeners are added after this. */
  accept(mode: Mode, deliver: Deliver): void {
    this.mode = mode;
    this.#deliver = deliver;
    this.#drain();
  }

  say(said: Said): void {
    if (this.wire !== undefined) this.wire.send(said);
    else this.other?.arrive(said, nothing, true);
  }

  /** Takes what the other end said; later keeps it for a turn of its own. */
  arrive(said: Said, done: () => void, later: boolean): void {
    if (!later && this.#deliver !== undefined && this.#waiting.length === 0) return this.#deliver(this, said, done);
    this.#waiting.push({ said, done });
    this.#drain();
  }

  /** Takes away what nobody has heard. */
  takeWaiting(): Said[] {
    return this.#waiting.splice(0).map(({ said }) => said);
  }

  #drain(): void {
    if (this.#draining || this.#deliver === undefined || this.#waiting.length === 0) return;
    this.#draining = true;
    startTimer(0, () => {
      this.#draining = false;
      const next = this.#waiting.shift();
      this.#drain();
      if (next !== undefined) this.#deliver!(this, next.said, next.done);
    });
  }
}

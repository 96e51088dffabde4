import { BODY_COMPLETE, BODY_FOLLOWS, FORWARD, FORWARDED, HAS_BODY, Out, WEB_SOCKET } from "../messages.ts";
import { native } from "../native.ts";
import { Outgoing, type Sender, split } from "../calls/outgoing.ts";
import { calls, endCall } from "../calls/table.ts";
import { tracing } from "../calls/trace.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import * as gate from "../loop/gate.ts";
import { inTransaction } from "../storage/transaction.ts";
import { Content, type Source } from "../web/body/content.ts";
import { Incoming } from "../web/body/incoming.ts";
import { abortError, addAbortAlgorithm } from "../web/events/abort.ts";
import { flattenHeaders, headersFromFlat } from "../web/headers.ts";
import { type Departing, departing } from "../web/request.ts";
import { incomingResponse, type Response } from "../web/response.ts";
import { answeredSocket, SWITCHING } from "../websocket/answer.ts";
import { HostCall } from "./call.ts";
import { type Channel, postOpening } from "./channel.ts";
import { next } from "./redirect.ts";

/** Of the head of a request, in UTF-16 units: with the inline part it fits one message to the supervisor. */
const MAX_HEAD = 1024 * 1024;

class FetchCall extends HostCall implements Sender {
  readonly #request: Departing;
  readonly #resolve: (r: Response) => void;
  readonly #reject: (e: unknown) => void;
  /** Takes the call away from the request's signal. */
  readonly #unfollow: (() => void) | undefined;
  #outgoing: Outgoing | undefined;
  #incoming: Incoming | undefined;
  /** Redirects that led here. */
  readonly #followed: number;
  /** There was a response: what fails now is its body, or the request that followed a redirect. */
  #answered = false;
  /** The call that the answer may answer, too. */
  #forward = 0;

  constructor(channel: Channel, request: Departing, followed: number, resolve: (r: Response) => void, reject: (e: unknown) => void) {
    super(channel);
    this.#request = request;
    this.#followed = followed;
    this.#resolve = resolve;
    this.#reject = reject;
    const { signal } = request;
    if (signal !== undefined) this.#unfollow = addAbortAlgorithm(signal, () => this.cancel(signal.reason));
  }

  protected override send(): void {
    const { method, url, body } = this.#request;
    let { flat } = this.#request;
    const { first, rest } = body === undefined ? { first: undefined, rest: undefined } : split(body);
    if (rest !== undefined && this.channel.outside === true) flat = withLength(flat, body!);
    if (rest !== undefined) this.#outgoing = new Outgoing(this, rest, (first as Uint8Array | undefined)?.length ?? 0);
    const socket = asksForSocket(this.#request);
    const flags = (body === undefined ? 0 : HAS_BODY) | (rest === undefined ? BODY_COMPLETE : 0) | (socket ? WEB_SOCKET : 0);
    // What is held back with an open transaction is not for others to send.
    if (rest !== undefined || socket || inTransaction() || !gate.idle()) this.#forward = 0;
    postOpening(Out.HostFetch, this.id, flags + this.#forward * FORWARD, method, url, flat, this.channel.target(this), first);
    void this.#outgoing?.run();
  }

  /**
   * The answer, whatever it is, is the answer to a call: the supervisor may pass it
   * on. Before the call is sent; it does nothing where this instance has to see the
   * answer first.
   */
  forward(call: number): void {
    if (this.id === 0 && this.owner === call && this.#request.redirect === "manual" && !tracing()) this.#forward = call;
  }

  onSent(): boolean {
    return !this.ended;
  }

  /** The request's body failed. */
  onSendFailure(e: unknown): void {
    this.cancel(e);
  }

  override onCredit(bytes: number): void {
    this.#outgoing?.credit(bytes);
  }

  override onResponse(status: number, text: string, headers: string, first: Uint8Array | undefined): void {
    let content: Content | null = null;
    if ((status & FORWARDED) !== 0) {
      // It is answered: what follows is for those who hold the promise, too.
      const call = calls.get(this.#forward);
      if (call !== undefined) endCall(call);
    }
    if ((status & BODY_FOLLOWS) !== 0) {
      this.#incoming = new Incoming(this.id, first, () => this.cancel(abortError()));
      content = new Content(this.#incoming, null);
    } else {
      if (first !== undefined && first.length > 0) content = new Content(first, null);
      this.#complete();
    }
    const plain = status & (BODY_FOLLOWS - 1);
    const socket = plain === SWITCHING ? answeredSocket(this.id) : undefined;
    this.#answer(incomingResponse(plain, socket !== undefined && text === "" ? "Switching Protocols" : text, headers, content, this.#request.url, this.#followed > 0, socket));
  }

  #answer(response: Response): void {
    this.#answered = true;
    let request: Departing | undefined;
    try {
      request = next(this.#request, response, this.#followed);
      if (request === undefined) return this.#resolve(response);
      response.body?.cancel().catch(() => undefined);
      send(this.channel, request, this.#followed + 1, this.#resolve, this.#reject);
    } catch (e) {
      this.#reject(e);
    }
  }

  override onChunk(chunk: Uint8Array | undefined, end: boolean): void {
    this.#incoming?.push(chunk, end);
    if (end) this.#complete();
  }

  /** The answer is complete: nobody reads the rest of the request. */
  #complete(): void {
    if (!this.finish()) return;
    this.#unfollow?.();
    this.#outgoing?.cancel(abortError());
  }

  protected override onFailure(e: unknown): void {
    this.#unfollow?.();
    this.#outgoing?.cancel(e);
    if (!this.#answered) this.#reject(e);
    this.#incoming?.fail(e);
  }
}

let sentWith: (a: Answer, call: FetchCall | undefined) => void;
/** The call behind it; undefined where there is none, or somebody has looked. */
let unseen: (v: unknown) => FetchCall | undefined;

/** Such a call may be answered with a WebSocket. */
function asksForSocket(r: Departing): boolean {
  if (r.method !== "GET" || r.body !== undefined) return false;
  // The engine interprets regular expressions; this takes a fraction of one's time.
  const flat = r.flat.toLowerCase();
  return flat.includes("\0upgrade\0websocket\0") || flat.startsWith("upgrade\0websocket\0");
}

/** A promise of which one can tell whether anybody has looked at it. */
class Answer extends Promise<Response> {
  #call: FetchCall | undefined;
  #seen = false;

  // Whoever awaits it, or resolves another one with it, asks for one of the two.
  override then<A = Response, B = never>(done?: ((r: Response) => A | PromiseLike<A>) | null, failed?: ((e: unknown) => B | PromiseLike<B>) | null): Promise<A | B> {
    this.#seen = true;
    return super.then(done, failed);
  }

  static {
    Object.defineProperty(this.prototype, "constructor", {
      configurable: true,
      get(this: object) {
        if (#seen in this) this.#seen = true;
        return Promise;
      },
    });
    sentWith = (a, call) => {
      a.#call = call;
    };
    unseen = (v) => (typeof v === "object" && v !== null && #call in v && !v.#seen ? v.#call : undefined);
  }
}

/** fetch() of a stub. Redirects are followed if the request says so, to the same callee. */
export function callFetch(channel: Channel, input: unknown, init: unknown): Promise<Response> {
  let call: FetchCall | undefined;
  const answer = new Answer((resolve, reject) => {
    refuseInGlobalScope();
    const request = departing(input, init);
    const { url } = request;
    if (!url.startsWith("http:") && !url.startsWith("https:")) throw new TypeError(`Fetch API cannot load: ${url}`);
    call = send(channel, request, 0, resolve, reject);
  });
  sentWith(answer, call);
  return answer;
}

/**
 * A handler's result is the answer to its call. Where it is what fetch() of a stub
 * gave, and nobody has looked at that, its answer need not come here first.
 */
export function forward(call: number, result: object): void {
  unseen(result)?.forward(call);
}

/** A body of a known length that does not fit the head has a Content-Length outside. */
function withLength(flat: string, body: Source): string {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return flat;
  const headers = headersFromFlat(flat, false);
  headers.set("content-length", String(typeof body === "string" ? native.utf8Encode(body).length : body.length));
  return flattenHeaders(headers);
}

function send(channel: Channel, request: Departing, followed: number, resolve: (r: Response) => void, reject: (e: unknown) => void): FetchCall {
  const head = request.method.length + request.url.length + request.flat.length;
  if (head > MAX_HEAD) throw new RangeError("The method, URL and header fields of a request may have 1 MiB together.");
  channel.check?.();
  if (request.signal?.aborted === true) throw request.signal.reason;
  const call = new FetchCall(channel, request, followed, resolve, reject);
  call.start();
  return call;
}

import { BODY_COMPLETE, BODY_FOLLOWS, HAS_BODY, Out, WEB_SOCKET } from "../messages.ts";
import { native } from "../native.ts";
import { Outgoing, type Sender, split } from "../calls/outgoing.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import { Content, type Source } from "../web/body/content.ts";
import { Incoming } from "../web/body/incoming.ts";
import { abortError, addAbortAlgorithm } from "../web/events/abort.ts";
import { flattenHeaders, headersFromFlat } from "../web/headers.ts";
import { type Departing, departing } from "../web/request.ts";
import { incomingResponse, type Response } from "../web/response.ts";
import { answeredSocket, SWITCHING } from "../websocket/answer.ts";
import { HostCall } from "./call.ts";
import { type Channel, opening } from "./channel.ts";
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
  readonly #redirected: boolean;

  constructor(channel: Channel, request: Departing, redirected: boolean, resolve: (r: Response) => void, reject: (e: unknown) => void) {
    super(channel);
    this.#request = request;
    this.#redirected = redirected;
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
    const flags = (body === undefined ? 0 : HAS_BODY) | (rest === undefined ? BODY_COMPLETE : 0) | (asksForSocket(this.#request) ? WEB_SOCKET : 0);
    native.post(Out.HostFetch, this.id, flags, method, url, flat, opening(this.channel.target(this), first));
    void this.#outgoing?.run();
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

  override onResponse(status: number, text: string, headers: string, body: ArrayBuffer | undefined): void {
    const first = body === undefined ? undefined : new Uint8Array(body);
    let content: Content | null = null;
    if ((status & BODY_FOLLOWS) !== 0) {
      this.#incoming = new Incoming(this.id, first, () => this.cancel(abortError()));
      content = new Content(this.#incoming, null);
    } else {
      if (first !== undefined && first.length > 0) content = new Content(first, null);
      this.#complete();
    }
    const plain = status & (BODY_FOLLOWS - 1);
    const socket = plain === SWITCHING ? answeredSocket(this.id) : undefined;
    this.#resolve(incomingResponse(plain, socket !== undefined && text === "" ? "Switching Protocols" : text, headers, content, this.#request.url, this.#redirected, socket));
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
    this.#reject(e);
    this.#incoming?.fail(e);
  }
}

/** Such a call may be answered with a WebSocket. */
function asksForSocket(r: Departing): boolean {
  return r.method === "GET" && r.body === undefined && /(?:^|\0)upgrade\0websocket\0/i.test(r.flat);
}

/** fetch() of a stub. Redirects are followed if the request says so, to the same callee. */
export async function callFetch(channel: Channel, input: unknown, init: unknown): Promise<Response> {
  refuseInGlobalScope();
  let request: Departing | undefined = departing(input, init);
  if (!/^https?:/.test(request.url)) throw new TypeError(`Fetch API cannot load: ${request.url}`);
  for (let followed = 0; ; followed++) {
    const response = await send(channel, request, followed > 0);
    request = next(request, response, followed);
    if (request === undefined) return response;
    response.body?.cancel().catch(() => undefined);
  }
}

/** A body of a known length that does not fit the head has a Content-Length outside. */
function withLength(flat: string, body: Source): string {
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return flat;
  const headers = headersFromFlat(flat, false);
  headers.set("content-length", String(typeof body === "string" ? native.utf8Encode(body).length : body.length));
  return flattenHeaders(headers);
}

function send(channel: Channel, request: Departing, redirected: boolean): Promise<Response> {
  return new Promise((resolve, reject) => {
    const head = request.method.length + request.url.length + request.flat.length;
    if (head > MAX_HEAD) throw new RangeError("The method, URL and header fields of a request may have 1 MiB together.");
    channel.check?.();
    if (request.signal?.aborted === true) throw request.signal.reason;
    new FetchCall(channel, request, redirected, resolve, reject).start();
  });
}

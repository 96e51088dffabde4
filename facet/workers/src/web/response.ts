import { Body, CONTENT, CONTENT_TYPE } from "./body/body.ts";
import { Content } from "./body/content.ts";
import { extract, TEXT_TYPE } from "./body/extract.ts";
import { copyHeaders, flattenHeaders, freezeHeaders, Headers, headersFromFlat, type HeadersInit } from "./headers.ts";
import { requestURL } from "./url/url.ts";
import type { End } from "../websocket/end.ts";
import { endOf, socketOf, type WebSocket } from "../websocket/websocket.ts";

export interface ResponseState {
  status: number;
  statusText: string;
  /** Made when somebody looks; until then flat counts, or else the content's type. */
  headers: Headers | undefined;
  /** Of one that arrived: name NUL value NUL. */
  flat?: string | undefined;
  content: Content | null;
  type: string;
  cf: unknown;
  socket?: End | undefined;
  /** Where it came from, and whether that is another place than asked; absent for one made here. */
  url?: string;
  redirected?: boolean;
}

export interface ResponseInit {
  status?: unknown;
  statusText?: unknown;
  headers?: HeadersInit;
  cf?: unknown;
  webSocket?: unknown;
}

const INTERNAL = Symbol("internal");
const TEXT_HEADERS = `content-type\0${TEXT_TYPE}\0`;
/** RFC 9112, section 4: reason phrase. */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The answer to a host call; flat: its headers, name NUL value NUL. */
export let incomingResponse: (status: number, statusText: string, flat: string, content: Content | null, url: string, redirected: boolean, socket?: End) => Response;
/** A response that arrived as a value. Throws where its parts are none of a response. */
export let builtResponse: (init: ResponseInit, content: Content | null) => Response;
export let isResponse: (v: unknown) => v is Response;
export let responseState: (r: Response) => ResponseState;

/** Fetch standard, section 5.5. */
export class Response extends Body {
  readonly #s: ResponseState;

  constructor(body?: unknown, init?: ResponseInit) {
    super();
    if (init === (INTERNAL as unknown)) {
      this.#s = body as ResponseState;
      return;
    }
    // What most handlers do: a text and nothing else.
    if (init === undefined || init === null) {
      this.#s = { status: 200, statusText: "", headers: undefined, content: typeof body === "string" ? new Content(body, TEXT_TYPE) : extract(body), type: "default", cf: undefined };
      return;
    }
    if (typeof init !== "object") throw new TypeError("Failed to construct 'Response': parameter 2 is not of type 'ResponseInit'.");
    const status = init.status === undefined ? 200 : Number(init.status);
    const socket = socketIn(init.webSocket);
    if (socket !== undefined && status !== 101) throw new RangeError("Responses with a WebSocket must have status code 101.");
    if (!(status >= 200 && status <= 599) && socket === undefined) {
      throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
    }
    const statusText = init.statusText === undefined ? "" : String(init.statusText);
    if (!REASON.test(statusText)) throw new TypeError("Invalid statusText");
    const content = extract(body);
    if (content !== null && isNullBody(status)) throw new TypeError("Response with null body status (101, 204, 205, or 304) cannot have a body.");
    let headers: Headers | undefined;
    if (init.headers !== undefined) {
      headers = new Headers(init.headers);
      if (content?.type != null && !headers.has("content-type")) headers.set("content-type", content.type);
    }
    this.#s = { status: Math.trunc(status), statusText, headers, content, type: "default", cf: init.cf, socket };
  }

  static error(): Response {
    const r = new Response();
    Object.assign(r.#s, { status: 0, type: "error", headers: freezeHeaders(new Headers()) });
    return r;
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    const code = Number(status);
    if (![301, 302, 303, 307, 308].includes(code)) throw new RangeError(`${String(status)} is not a valid redirect status code. It must be one of: 301, 302, 303, 307, or 308.`);
    const r = new Response(null, { headers: { location: requestURL(url) } });
    r.#s.status = code;
    freezeHeaders(r.#s.headers!);
    return r;
  }

  static json(data: unknown, init?: ResponseInit): Response {
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined) throw new TypeError("The data is not JSON serializable");
    const r = new Response(text, init);
    if (r.#s.headers === undefined) r.#s.content = new Content(text, "application/json");
    else if (init?.headers === undefined || !new Headers(init.headers).has("content-type")) r.#s.headers.set("content-type", "application/json");
    return r;
  }

  get status(): number { return this.#s.status; }
  get statusText(): string { return this.#s.statusText; }
  get ok(): boolean { return this.#s.status >= 200 && this.#s.status <= 299; }
  get headers(): Headers {
    return (this.#s.headers ??= firstHeaders(this.#s));
  }
  get redirected(): boolean { return this.#s.redirected === true; }
  get url(): string { return this.#s.url ?? ""; }
  get type(): string { return this.#s.type; }
  get webSocket(): WebSocket | null { return this.#s.socket === undefined ? null : socketOf(this.#s.socket); }
  get cf(): unknown { return this.#s.cf; }

  clone(): Response {
    if (this.#s.socket !== undefined) throw new TypeError("Cannot clone a response to a WebSocket handshake.");
    const content = this.#s.content?.tee() ?? null;
    const copy = new Response();
    Object.assign(copy.#s, { ...this.#s, headers: this.#s.headers === undefined ? undefined : copyHeaders(this.#s.headers), content });
    return copy;
  }

  override [CONTENT](): Content | null { return this.#s.content; }
  override [CONTENT_TYPE](): string | null { return this.headers.get("content-type"); }
  get [Symbol.toStringTag](): string { return "Response"; }

  static {
    isResponse = (v): v is Response => typeof v === "object" && v !== null && #s in v;
    responseState = (r) => r.#s;
    builtResponse = (init, content) => {
      const r = new Response(null, init);
      r.#s.content = content;
      return r;
    };
    incomingResponse = (status, statusText, flat, content, url, redirected, socket) => {
      const state: ResponseState = { status, statusText, headers: undefined, flat, content, type: "default", cf: undefined, socket, url, redirected };
      return new Response(state, INTERNAL as unknown as ResponseInit);
    };
  }
}

function firstHeaders(s: ResponseState): Headers {
  if (s.flat !== undefined) return headersFromFlat(s.flat, true);
  const h = new Headers();
  const type = s.content?.type;
  if (type != null) h.set("content-type", type);
  return h;
}

function socketIn(v: unknown): End | undefined {
  if (v === undefined || v === null) return undefined;
  const end = endOf(v);
  if (end === undefined) throw new TypeError("Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.");
  return end;
}

function isNullBody(status: number): boolean {
  return status === 101 || status === 204 || status === 205 || status === 304;
}

/** The headers as they go over the wire. */
export function flatHeaders(s: ResponseState): string {
  if (s.headers !== undefined) return flattenHeaders(s.headers);
  if (s.flat !== undefined) return s.flat;
  const type = s.content?.type;
  if (type == null) return "";
  return type === TEXT_TYPE ? TEXT_HEADERS : `content-type\0${type}\0`;
}

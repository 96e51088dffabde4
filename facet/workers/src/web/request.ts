import { Body, CONTENT, CONTENT_TYPE } from "./body/body.ts";
import type { Content, Source } from "./body/content.ts";
import { extract } from "./body/extract.ts";
import { abortError, abortSignal, addAbortAlgorithm, type AbortSignal, isAbortSignal, newSignal } from "./events/abort.ts";
import { copyHeaders, flattenHeaders, Headers, headersFromFlat, type HeadersInit } from "./headers.ts";
import { requestURL } from "./url/url.ts";

interface State {
  method: string;
  url: string;
  /** Not parsed before somebody looks. */
  flat: string | undefined;
  headers: Headers | undefined;
  content: Content | null;
  signal: AbortSignal | undefined;
  aborted: boolean;
  redirect: string;
  cache: string | undefined;
  cf: unknown;
}

export interface RequestInit {
  method?: unknown;
  headers?: HeadersInit;
  body?: unknown;
  redirect?: unknown;
  signal?: unknown;
  cache?: unknown;
  cf?: unknown;
}

const INTERNAL = Symbol("internal");
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A name or password in a URL, which is not sent. */
const CREDENTIALS = /^(https?:\/\/)[^/?#]*@/;
const NORMALIZED = /^(?:delete|get|head|options|post|put|patch)$/i;

/** The request of a fetch call. flat: its headers, name NUL value NUL. */
export let incomingRequest: (method: string, url: string, flat: string, content: Content | null) => Request;
/** A request as it leaves; its body is taken. */
export interface Departing {
  readonly method: string;
  readonly url: string;
  /** Headers, name NUL value NUL. */
  readonly flat: string;
  readonly body: Source | undefined;
  /** Undefined where nobody can abort it. */
  readonly signal: AbortSignal | undefined;
  readonly redirect: string;
}
/** What fetch(input, init) sends. Throws TypeError. */
export let departing: (input: unknown, init: unknown) => Departing;
/** The caller of the request is gone. */
export let abortRequest: (r: Request) => void;
/** A request that arrived as a value. Throws where its parts are none of a request. */
export let builtRequest: (url: string, init: RequestInit, content: Content | null) => Request;
export let isRequest: (v: unknown) => v is Request;

/** Fetch standard, section 5.4. */
export class Request extends Body {
  readonly #s: State;

  constructor(input: unknown, init: RequestInit = {}) {
    super();
    if (init === (INTERNAL as unknown)) {
      this.#s = input as State;
      return;
    }
    if (arguments.length === 0) throw new TypeError("Failed to construct 'Request': 1 argument required, but only 0 present.");
    const from = isRequest(input) ? input : undefined;
    const base = from === undefined ? undefined : from.#s;
    const o: RequestInit = init ?? {};
    const method = methodOf(o.method === undefined ? (base?.method ?? "GET") : o.method);
    const headers = o.headers !== undefined ? new Headers(o.headers) : from !== undefined ? copyHeaders(from.headers) : new Headers();
    let content: Content | null = null;
    if (o.body !== undefined) content = extract(o.body);
    if (content !== null && (method === "GET" || method === "HEAD")) throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    if (content?.type != null && !headers.has("content-type")) headers.set("content-type", content.type);
    this.#s = {
      method,
      url: base?.url ?? requestURL(input),
      flat: undefined,
      headers,
      content,
      signal: signalOf(o.signal, from),
      aborted: false,
      redirect: redirectOf(o.redirect ?? base?.redirect ?? "follow"),
      cache: o.cache === undefined ? base?.cache : String(o.cache),
      cf: o.cf ?? base?.cf,
    };
    if (o.body === undefined && base !== undefined && base.content !== null) this.#s.content = base.content.move();
  }

  get method(): string { return this.#s.method; }
  get url(): string { return this.#s.url; }
  get headers(): Headers { return (this.#s.headers ??= headersFromFlat(this.#s.flat!, true)); }
  get redirect(): string { return this.#s.redirect; }
  get cf(): unknown { return this.#s.cf; }
  get cache(): string | undefined { return this.#s.cache; }
  get integrity(): string { return ""; }
  get keepalive(): boolean { return false; }
  get signal(): AbortSignal {
    if (this.#s.signal === undefined) {
      this.#s.signal = newSignal();
      if (this.#s.aborted) abortSignal(this.#s.signal, abortError());
    }
    return this.#s.signal;
  }

  clone(): Request {
    const copy = new Request({ ...this.#s, headers: copyHeaders(this.headers), content: this.#s.content?.tee() ?? null }, INTERNAL as unknown as RequestInit);
    copy.#s.signal = follow(this.signal);
    return copy;
  }

  override [CONTENT](): Content | null { return this.#s.content; }
  override [CONTENT_TYPE](): string | null { return this.headers.get("content-type"); }
  get [Symbol.toStringTag](): string { return "Request"; }

  static {
    isRequest = (v): v is Request => typeof v === "object" && v !== null && #s in v;
    incomingRequest = (method, url, flat, content) =>
      new Request(
        { method, url, flat, headers: undefined, content, signal: undefined, aborted: false, redirect: "manual", cache: undefined, cf: undefined },
        INTERNAL as unknown as RequestInit,
      );
    builtRequest = (url, init, content) => {
      const r = new Request(url, init);
      r.#s.content = content;
      return r;
    };
    departing = (input, init) => {
      const r = isRequest(input) && (init === undefined || init === null) ? input : new Request(input, (init ?? undefined) as RequestInit | undefined);
      const s = r.#s;
      const url = s.url.includes("@") ? s.url.replace(CREDENTIALS, "$1") : s.url;
      const hash = url.indexOf("#");
      return {
        method: s.method,
        url: hash < 0 ? url : url.slice(0, hash), // a fragment is not sent
        flat: s.headers === undefined ? s.flat! : flattenHeaders(s.headers),
        body: s.content?.take(),
        signal: s.signal,
        redirect: s.redirect,
      };
    };
    abortRequest = (r) => {
      r.#s.aborted = true;
      if (r.#s.signal !== undefined) abortSignal(r.#s.signal, abortError());
    };
  }
}

function methodOf(method: unknown): string {
  const m = String(method);
  if (!TOKEN.test(m)) throw new TypeError(`Invalid HTTP method string: ${m}`);
  return NORMALIZED.test(m) ? m.toUpperCase() : m;
}

function redirectOf(redirect: unknown): string {
  const r = String(redirect);
  if (r !== "follow" && r !== "manual" && r !== "error") throw new TypeError(`Invalid redirect value, must be one of "follow", "manual" or "error" (got "${r}").`);
  return r;
}

function signalOf(signal: unknown, from: Request | undefined): AbortSignal | undefined {
  if (signal === undefined) return from === undefined ? undefined : follow(from.signal);
  if (signal === null) return undefined;
  if (!isAbortSignal(signal)) throw new TypeError("Failed to construct 'Request': the signal is not of type 'AbortSignal'.");
  return follow(signal);
}

function follow(parent: AbortSignal): AbortSignal {
  const s = newSignal();
  if (parent.aborted) abortSignal(s, parent.reason);
  else addAbortAlgorithm(parent, () => abortSignal(s, parent.reason));
  return s;
}

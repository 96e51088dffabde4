import { parseURL, serializeHost, serializePath, serializeURL } from "./parse.ts";
import { paramsOfURL, resetParams, type URLSearchParams } from "./search_params.ts";
import { machine, type Record } from "./state_machine.ts";

function parse(input: unknown, base: unknown): Record | null {
  let baseRecord: Record | undefined;
  if (base !== undefined) {
    const parsed = parseURL(`${base as string}`);
    if (parsed === null) return null;
    baseRecord = parsed;
  }
  return parseURL(`${input as string}`, baseRecord);
}

/** URL standard, section 6.1, on whatwg-url's state machine. */
export class URL {
  #r: Record;
  #params: URLSearchParams | undefined;

  constructor(input: unknown, base?: unknown) {
    const r = parse(input, base);
    if (r === null) throw new TypeError(`Invalid URL: ${String(input)}`);
    this.#r = r;
  }

  static parse(input: unknown, base?: unknown): URL | null {
    return URL.canParse(input, base) ? new URL(input, base) : null;
  }
  static canParse(input: unknown, base?: unknown): boolean {
    return parse(input, base) !== null;
  }

  #override(input: unknown, stateOverride: string): void {
    machine().basicURLParse(`${input as string}`.toWellFormed(), { url: this.#r, stateOverride });
  }

  get href(): string { return serializeURL(this.#r); }
  set href(v: string) {
    const r = parse(v, undefined);
    if (r === null) throw new TypeError(`Invalid URL: ${v}`);
    this.#r = r;
    this.#resetParams();
  }

  get origin(): string {
    const r = this.#r;
    if (r.scheme !== "http" && r.scheme !== "https") return machine().serializeURLOrigin(r);
    return `${r.scheme}://${this.host}`;
  }

  get protocol(): string { return this.#r.scheme + ":"; }
  set protocol(v: string) { this.#override(`${v}:`, "scheme start"); }

  get username(): string { return this.#r.username; }
  set username(v: string) {
    if (!machine().cannotHaveAUsernamePasswordPort(this.#r)) machine().setTheUsername(this.#r, `${v}`.toWellFormed());
  }
  get password(): string { return this.#r.password; }
  set password(v: string) {
    if (!machine().cannotHaveAUsernamePasswordPort(this.#r)) machine().setThePassword(this.#r, `${v}`.toWellFormed());
  }

  get host(): string {
    const host = serializeHost(this.#r);
    return this.#r.port === null ? host : `${host}:${this.#r.port}`;
  }
  set host(v: string) { if (typeof this.#r.path !== "string") this.#override(v, "host"); }
  get hostname(): string { return serializeHost(this.#r); }
  set hostname(v: string) { if (typeof this.#r.path !== "string") this.#override(v, "hostname"); }

  get port(): string { return this.#r.port === null ? "" : String(this.#r.port); }
  set port(v: string) {
    if (machine().cannotHaveAUsernamePasswordPort(this.#r)) return;
    if (`${v}` === "") this.#r.port = null;
    else this.#override(v, "port");
  }

  get pathname(): string { return serializePath(this.#r); }
  set pathname(v: string) {
    if (typeof this.#r.path === "string") return;
    this.#r.path = [];
    this.#override(v, "path start");
  }

  get search(): string { return this.#r.query === null || this.#r.query === "" ? "" : "?" + this.#r.query; }
  set search(v: string) {
    const s = `${v}`;
    this.#r.query = s === "" ? null : "";
    if (s !== "") this.#override(s.startsWith("?") ? s.slice(1) : s, "query");
    this.#resetParams();
  }

  get searchParams(): URLSearchParams {
    return (this.#params ??= paramsOfURL(this.#r.query ?? "", (serialized) => {
      this.#r.query = serialized === "" ? null : serialized;
    }));
  }
  #resetParams(): void {
    if (this.#params !== undefined) resetParams(this.#params, this.#r.query ?? "");
  }

  get hash(): string { return this.#r.fragment === null || this.#r.fragment === "" ? "" : "#" + this.#r.fragment; }
  set hash(v: string) {
    const s = `${v}`;
    this.#r.fragment = s === "" ? null : "";
    if (s !== "") this.#override(s.startsWith("#") ? s.slice(1) : s, "fragment");
  }

  toString(): string { return this.href; }
  toJSON(): string { return this.href; }
  get [Symbol.toStringTag](): string { return "URL"; }
}

/** The serialized form of a URL for a request; throws TypeError (fact F12). */
export function requestURL(input: unknown): string {
  const s = `${input as string}`;
  const r = parseURL(s);
  if (r === null) throw new TypeError(`Invalid URL: ${s}`);
  return serializeURL(r);
}

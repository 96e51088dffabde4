/** Header names are tokens (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Leading and trailing HTTP whitespace. */
const EDGES = /^[\t\n\r ]+|[\t\n\r ]+$/g;
/** What may not stand in a header value: NUL, CR, LF, and what is no Latin-1. */
const BAD_VALUE = /[\0\r\n\u0100-\uffff]/;

const INTERNAL = Symbol("internal");

export type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>;

export let isHeaders: (v: unknown) => v is Headers;
export let headersFromFlat: (flat: string, immutable: boolean) => Headers;
export let flattenHeaders: (h: Headers) => string;
export let copyHeaders: (h: Headers) => Headers;
/** Marks the headers immutable. */
export let freezeHeaders: (h: Headers) => Headers;

/** Lowercase name to value, several ones combined; set-cookie apart, since its values can't be. */
type Fields = Map<string, string>;

function nameOf(name: unknown): string {
  const s = String(name);
  if (!TOKEN.test(s)) throw new TypeError("Invalid header name.");
  return s.toLowerCase();
}

function valueOf(value: unknown): string {
  const s = String(value).replace(EDGES, "");
  if (BAD_VALUE.test(s)) throw new TypeError("Invalid header value.");
  return s;
}

/** Fetch standard, section 5.1. */
export class Headers {
  /** What came in, as long as nobody looked: name NUL value NUL … */
  #flat: string | undefined;
  #parsed: Fields | undefined;
  #cookies: string[] | undefined;
  #immutable = false;

  constructor(init?: HeadersInit, flat?: unknown) {
    // The two arguments of headersFromFlat; nobody else has the token.
    if (flat === INTERNAL) {
      this.#flat = init as unknown as string;
      return;
    }
    if (init === undefined) {
      this.#parsed = new Map();
      return;
    }
    if (typeof init !== "object" || init === null) {
      throw new TypeError("Failed to construct 'Headers': parameter 1 is not of type 'HeadersInit'.");
    }
    if (#flat in init) {
      this.#flat = init.#flat;
      this.#parsed = init.#parsed === undefined ? undefined : new Map(init.#parsed);
      this.#cookies = init.#cookies?.slice();
      return;
    }
    this.#parsed = new Map();
    if (typeof (init as Iterable<unknown>)[Symbol.iterator] === "function") {
      for (const pair of init as Iterable<readonly [string, string]>) {
        const entry = [...(pair as Iterable<string>)];
        if (entry.length !== 2) throw new TypeError("Sequence initializers for Headers must contain pairs of exactly two items.");
        this.append(entry[0]!, entry[1]!);
      }
    } else {
      for (const name of Object.keys(init)) this.append(name, (init as Record<string, string>)[name]!);
    }
  }

  /** The fields, parsed at first use: most handlers never look. */
  #fields(): Fields {
    if (this.#parsed !== undefined) return this.#parsed;
    const fields: Fields = (this.#parsed = new Map());
    const parts = this.#flat!.split("\0");
    this.#flat = undefined;
    for (let i = 0; i + 1 < parts.length; i += 2) this.#add(fields, parts[i]!.toLowerCase(), parts[i + 1]!);
    return fields;
  }

  #add(fields: Fields, key: string, value: string): void {
    if (key === "set-cookie") (this.#cookies ??= []).push(value);
    const old = fields.get(key);
    fields.set(key, old === undefined ? value : `${old}, ${value}`);
  }

  #writable(): Fields {
    if (this.#immutable) throw new TypeError("Can't modify immutable headers.");
    return this.#fields();
  }

  append(name: string, value: string): void {
    need(arguments.length, 2, "append");
    const key = nameOf(name);
    const v = valueOf(value);
    this.#add(this.#writable(), key, v);
  }

  set(name: string, value: string): void {
    need(arguments.length, 2, "set");
    const key = nameOf(name);
    const v = valueOf(value);
    const fields = this.#writable();
    if (key === "set-cookie") this.#cookies = [v];
    fields.set(key, v);
  }

  get(name: string): string | null {
    need(arguments.length, 1, "get");
    return this.#fields().get(nameOf(name)) ?? null;
  }

  has(name: string): boolean {
    need(arguments.length, 1, "has");
    return this.#fields().has(nameOf(name));
  }

  delete(name: string): void {
    need(arguments.length, 1, "delete");
    const key = nameOf(name);
    this.#writable().delete(key);
    if (key === "set-cookie") this.#cookies = undefined;
  }

  getSetCookie(): string[] {
    this.#fields();
    return this.#cookies?.slice() ?? [];
  }

  /** As getSetCookie, on the peer for set-cookie only. */
  getAll(name: string): string[] {
    if (nameOf(name) !== "set-cookie") throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
    return this.getSetCookie();
  }

  #sorted(): Array<[string, string]> {
    const out: Array<[string, string]> = [];
    const fields = this.#fields();
    for (const name of [...fields.keys()].sort()) {
      if (name === "set-cookie") for (const cookie of this.#cookies ?? []) out.push([name, cookie]);
      else out.push([name, fields.get(name)!]);
    }
    return out;
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this.#sorted()) callback.call(thisArg, value, name, this);
  }
  *entries(): IterableIterator<[string, string]> { yield* this.#sorted(); }
  *keys(): IterableIterator<string> { for (const [name] of this.#sorted()) yield name; }
  *values(): IterableIterator<string> { for (const [, value] of this.#sorted()) yield value; }
  [Symbol.iterator](): IterableIterator<[string, string]> { return this.entries(); }
  get [Symbol.toStringTag](): string { return "Headers"; }

  static {
    isHeaders = (v): v is Headers => typeof v === "object" && v !== null && #immutable in v;
    headersFromFlat = (flat, immutable) => {
      const h = new Headers(flat as unknown as HeadersInit, INTERNAL);
      h.#immutable = immutable;
      return h;
    };
    copyHeaders = (h) => new Headers(h);
    freezeHeaders = (h) => {
      h.#immutable = true;
      return h;
    };
    flattenHeaders = (h) => {
      if (h.#flat !== undefined) return h.#flat;
      let flat = "";
      for (const [name, value] of h.#fields()) {
        if (name === "set-cookie") for (const cookie of h.#cookies ?? []) flat += `set-cookie\0${cookie}\0`;
        else flat += `${name}\0${value}\0`;
      }
      return flat;
    };
  }
}

function need(got: number, want: number, method: string): void {
  if (got < want) {
    throw new TypeError(`Failed to execute '${method}' on 'Headers': ${want} argument${want === 1 ? "" : "s"} required, but only ${got} present.`);
  }
}

import { parseUrlencoded, serializeUrlencoded } from "./urlencoded.ts";

type List = Array<[string, string]>;

/** Makes the params of a URL; changed is called after each change. */
export let paramsOfURL: (query: string, changed: (serialized: string) => void) => URLSearchParams;
/** Replaces the list because the URL changed. */
export let resetParams: (p: URLSearchParams, query: string) => void;
export let isURLSearchParams: (v: unknown) => v is URLSearchParams;

export type URLSearchParamsInit = string | Iterable<readonly [string, string]> | { readonly [name: string]: string };

/** URL standard, section 6.2. */
export class URLSearchParams {
  #list: List = [];
  #changed: ((serialized: string) => void) | undefined;

  constructor(init: URLSearchParamsInit = "") {
    if (typeof init === "object" && init !== null) {
      if (typeof (init as Iterable<unknown>)[Symbol.iterator] === "function") {
        for (const pair of init as Iterable<readonly [string, string]>) {
          const entry = [...(pair as Iterable<string>)];
          if (entry.length !== 2) {
            throw new TypeError("Failed to construct 'URLSearchParams': a sequence initializer must only contain pairs of exactly two items.");
          }
          this.#list.push([str(entry[0]), str(entry[1])]);
        }
      } else {
        for (const name of Object.keys(init)) this.#list.push([str(name), str((init as Record<string, string>)[name])]);
      }
    } else {
      const s = str(init);
      this.#list = parseUrlencoded(s.startsWith("?") ? s.slice(1) : s);
    }
  }

  #update(): void {
    this.#changed?.(serializeUrlencoded(this.#list));
  }

  get size(): number { return this.#list.length; }

  append(name: string, value: string): void {
    need(arguments.length, 2, "append");
    this.#list.push([str(name), str(value)]);
    this.#update();
  }

  delete(name: string, value?: string): void {
    need(arguments.length, 1, "delete");
    const n = str(name);
    const v = value === undefined ? undefined : str(value);
    this.#list = this.#list.filter((e) => e[0] !== n || (v !== undefined && e[1] !== v));
    this.#update();
  }

  get(name: string): string | null {
    need(arguments.length, 1, "get");
    const n = str(name);
    return this.#list.find((e) => e[0] === n)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    need(arguments.length, 1, "getAll");
    const n = str(name);
    return this.#list.filter((e) => e[0] === n).map((e) => e[1]);
  }

  has(name: string, value?: string): boolean {
    need(arguments.length, 1, "has");
    const n = str(name);
    const v = value === undefined ? undefined : str(value);
    return this.#list.some((e) => e[0] === n && (v === undefined || e[1] === v));
  }

  set(name: string, value: string): void {
    need(arguments.length, 2, "set");
    const n = str(name);
    const v = str(value);
    const first = this.#list.findIndex((e) => e[0] === n);
    if (first < 0) this.#list.push([n, v]);
    else this.#list = this.#list.filter((e, i) => i <= first || e[0] !== n).map((e, i) => (i === first ? [n, v] : e));
    this.#update();
  }

  sort(): void {
    this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#update();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, thisArg?: unknown): void {
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }

  /** By index, because the standard wants changes made meanwhile to be seen. */
  *entries(): IterableIterator<[string, string]> {
    for (let i = 0; i < this.#list.length; i++) yield [this.#list[i]![0], this.#list[i]![1]];
  }
  *keys(): IterableIterator<string> { for (const [name] of this) yield name; }
  *values(): IterableIterator<string> { for (const [, value] of this) yield value; }
  [Symbol.iterator](): IterableIterator<[string, string]> { return this.entries(); }
  toString(): string { return serializeUrlencoded(this.#list); }
  get [Symbol.toStringTag](): string { return "URLSearchParams"; }

  static {
    isURLSearchParams = (v): v is URLSearchParams => typeof v === "object" && v !== null && #list in v;
    paramsOfURL = (query, changed) => {
      const p = new URLSearchParams();
      p.#list = parseUrlencoded(query);
      p.#changed = changed;
      return p;
    };
    resetParams = (p, query) => {
      p.#list = parseUrlencoded(query);
    };
  }
}

function str(v: unknown): string {
  return `${v as string}`.toWellFormed();
}

function need(got: number, want: number, method: string): void {
  if (got < want) {
    throw new TypeError(`Failed to execute '${method}' on 'URLSearchParams': ${want} argument${want === 1 ? "" : "s"} required, but only ${got} present.`);
  }
}

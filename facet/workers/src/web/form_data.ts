import { Blob, blobBytes, File, isBlob } from "./blob.ts";

export type Entry = string | File;

export let isFormData: (v: unknown) => v is FormData;

/** XMLHttpRequest standard, section 4.3. */
export class FormData {
  #list: Array<[string, Entry]> = [];

  #entry(args: number, method: string, name: string, value: unknown, filename: unknown): [string, Entry] {
    if (args < 2) throw new TypeError(`Failed to execute '${method}' on 'FormData': 2 arguments required, but only ${args} present.`);
    const key = String(name).toWellFormed();
    if (!isBlob(value)) {
      if (args > 2) throw new TypeError(`Failed to execute '${method}' on 'FormData': parameter 2 is not of type 'Blob'.`);
      return [key, String(value).toWellFormed()];
    }
    if (value instanceof File && args < 3) return [key, value];
    const name2 = args < 3 ? "blob" : String(filename);
    return [key, new File([new Blob([blobBytes(value)])], name2, { type: value.type })];
  }

  append(name: string, value: unknown, filename?: unknown): void {
    this.#list.push(this.#entry(arguments.length, "append", name, value, filename));
  }
  set(name: string, value: unknown, filename?: unknown): void {
    const e = this.#entry(arguments.length, "set", name, value, filename);
    const first = this.#list.findIndex((x) => x[0] === e[0]);
    if (first < 0) this.#list.push(e);
    else this.#list = this.#list.filter((x, i) => i <= first || x[0] !== e[0]).map((x, i) => (i === first ? e : x));
  }
  delete(name: string): void {
    const key = String(name);
    this.#list = this.#list.filter((e) => e[0] !== key);
  }
  get(name: string): Entry | null {
    const key = String(name);
    return this.#list.find((e) => e[0] === key)?.[1] ?? null;
  }
  getAll(name: string): Entry[] {
    const key = String(name);
    return this.#list.filter((e) => e[0] === key).map((e) => e[1]);
  }
  has(name: string): boolean {
    const key = String(name);
    return this.#list.some((e) => e[0] === key);
  }
  forEach(callback: (value: Entry, name: string, data: FormData) => void, thisArg?: unknown): void {
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }
  *entries(): IterableIterator<[string, Entry]> {
    for (let i = 0; i < this.#list.length; i++) yield [...this.#list[i]!];
  }
  *keys(): IterableIterator<string> { for (const [name] of this) yield name; }
  *values(): IterableIterator<Entry> { for (const [, value] of this) yield value; }
  [Symbol.iterator](): IterableIterator<[string, Entry]> { return this.entries(); }
  get [Symbol.toStringTag](): string { return "FormData"; }

  static {
    isFormData = (v): v is FormData => typeof v === "object" && v !== null && #list in v;
  }
}

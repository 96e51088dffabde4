import { className, kindOf } from "../codec/classify.ts";

/** inspect shows at most so much; the rest is counted. */
const MAX_DEPTH = 3;
const MAX_ITEMS = 100;
const MAX_STRING = 4096;
const LINE = 72;

/** inspect formats a value for a log line, much like Node's util.inspect. */
export function inspect(value: unknown): string {
  return new Inspector().value(value, 0);
}

class Inspector {
  readonly #open: object[] = [];
  /** Objects left before only their class is shown: bounds the whole text. */
  #budget = 1000;

  value(v: unknown, depth: number): string {
    switch (typeof v) {
      case "string":
        return quote(v);
      case "bigint":
        return `${v}n`;
      case "number":
        return Object.is(v, -0) ? "-0" : String(v);
      case "function":
        return functionName(v);
      case "object":
        return v === null ? "null" : this.#object(v, depth);
      default:
        return String(v);
    }
  }

  #object(o: object, depth: number): string {
    if (this.#open.includes(o)) return "[Circular]";
    let name = "Object";
    try {
      name = className(o);
    } catch {
      return "[Object]"; // a proxy of the application's threw
    }
    if (depth > MAX_DEPTH || --this.#budget < 0) return Array.isArray(o) ? "[Array]" : `[${name}]`;
    this.#open.push(o);
    try {
      return this.#body(o, name, depth);
    } catch {
      return `[${name}]`;
    } finally {
      this.#open.pop();
    }
  }

  #body(o: object, name: string, depth: number): string {
    switch (kindOf(o)) {
      case "array":
        return this.#list(prefix(name, "Array"), "[", this.#elements(o as unknown[], depth), "]");
      case "date":
        return Number.isNaN((o as Date).getTime()) ? "Invalid Date" : (o as Date).toISOString();
      case "regexp":
        return String(o);
      case "error":
        return this.#error(o as Error);
      case "map":
        return this.#list(`${name}(${(o as Map<unknown, unknown>).size}) `, "{", this.#entries(o as Map<unknown, unknown>, depth), "}");
      case "set":
        return this.#list(`${name}(${(o as Set<unknown>).size}) `, "{", this.#elements([...(o as Set<unknown>)], depth), "}");
      case "buffer":
        return `${name} { byteLength: ${(o as ArrayBuffer).byteLength} }`;
      case "view":
        return o instanceof DataView
          ? `DataView { byteLength: ${o.byteLength} }`
          : this.#list(`${name}(${(o as Uint8Array).length}) `, "[", this.#elements(o as unknown as unknown[], depth), "]");
      case "boxed":
        return `[${name}: ${this.value((o as { valueOf(): unknown }).valueOf(), depth)}]`;
      default:
        return this.#list(prefix(name, "Object"), "{", this.#properties(o, depth), "}");
    }
  }

  #elements(a: ArrayLike<unknown>, depth: number): string[] {
    const parts: string[] = [];
    for (let i = 0; i < a.length && i < MAX_ITEMS; i++) parts.push(i in a ? this.value(a[i], depth + 1) : "<empty item>");
    if (a.length > MAX_ITEMS) parts.push(`... ${a.length - MAX_ITEMS} more items`);
    return parts;
  }

  #entries(m: Map<unknown, unknown>, depth: number): string[] {
    const parts: string[] = [];
    for (const [k, v] of m) {
      if (parts.length === MAX_ITEMS) return [...parts, `... ${m.size - MAX_ITEMS} more items`];
      parts.push(`${this.value(k, depth + 1)} => ${this.value(v, depth + 1)}`);
    }
    return parts;
  }

  #properties(o: object, depth: number): string[] {
    const keys: PropertyKey[] = [...Object.keys(o), ...Object.getOwnPropertySymbols(o)];
    const parts: string[] = [];
    for (const key of keys.slice(0, MAX_ITEMS)) {
      const d = Object.getOwnPropertyDescriptor(o, key);
      if (d === undefined || d.enumerable !== true) continue;
      const shown = typeof key === "symbol" ? `[${String(key)}]` : /^[A-Za-z_$][\w$]*$/.test(String(key)) ? String(key) : quote(String(key));
      parts.push(`${shown}: ${d.get !== undefined ? (d.set !== undefined ? "[Getter/Setter]" : "[Getter]") : this.value(d.value, depth + 1)}`);
    }
    if (keys.length > MAX_ITEMS) parts.push(`... ${keys.length - MAX_ITEMS} more properties`);
    return parts;
  }

  #error(e: Error): string {
    const head = e.message === "" ? String(e.name) : `${e.name}: ${e.message}`;
    const stack = typeof e.stack === "string" && e.stack !== "" ? "\n" + e.stack.replace(/^/gm, "    at ") : "";
    const cause = "cause" in e ? `\n  [cause]: ${this.value(e.cause, MAX_DEPTH)}` : "";
    return head + stack + cause;
  }

  #list(name: string, open: string, parts: string[], close: string): string {
    if (parts.length === 0) return name + open + close;
    const line = parts.join(", ");
    if (line.length <= LINE && !line.includes("\n")) return `${name}${open} ${line} ${close}`;
    return `${name}${open}\n${parts.join(",\n").replace(/^/gm, "  ")}\n${close}`;
  }
}

function prefix(name: string, usual: string): string {
  return name === usual ? "" : name + " ";
}

function functionName(f: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(f, "name")?.value;
  const kind = /^class\b/.test(Function.prototype.toString.call(f)) ? "class" : "Function";
  return typeof name === "string" && name !== "" ? (kind === "class" ? `[class ${name}]` : `[Function: ${name}]`) : `[${kind} (anonymous)]`;
}

function quote(s: string): string {
  const shown = s.length > MAX_STRING ? s.slice(0, MAX_STRING) : s;
  const rest = s.length > MAX_STRING ? `... ${s.length - MAX_STRING} more characters` : "";
  const q = !shown.includes("'") ? "'" : !shown.includes('"') ? '"' : "`";
  return q + shown.replace(/[\\\n\r\t]/g, (c) => ({ "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" })[c]!) + q + rest;
}

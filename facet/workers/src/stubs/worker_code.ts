import { Parted, type Part } from "../calls/parts.ts";
import { bytesOf } from "../web/bytes.ts";
import { stubChannel } from "./fetcher.ts";

/** As in supervisor/tails.go. */
const MAX_TAILS = 10;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const KINDS = ["js", "cjs", "text", "data", "json", "py", "wasm"];
const UNSUPPORTED: Record<string, string> = { py: "Python" };

/**
 * Checks what a loader's callback gave and makes of it the answer that
 * docs/projects.md describes (facts L17, L20 to L23, L38, L39).
 */
export function describeCode(code: unknown): object {
  if (typeof code !== "object" || code === null) throw new TypeError("Callback returned incorrect type; expected 'Promise'");
  const { compatibilityDate, compatibilityFlags, mainModule, modules, env, globalOutbound, limits, tails } = code as Record<string, unknown>;
  const date = `${compatibilityDate as string}`;
  if (!DATE.test(date)) throw new Error(`Invalid compatibility date: ${date}`);
  const contents = new Contents();
  const out: Record<string, unknown> = { compatibilityDate: date, mainModule: `${mainModule as string}`, modules: modulesOf(modules, contents) };
  if (compatibilityFlags !== undefined) out.compatibilityFlags = flagsOf(compatibilityFlags);
  if (env !== undefined) out.env = env;
  if (globalOutbound !== undefined) out.globalOutbound = globalOutbound === null ? null : outboundOf(globalOutbound);
  if (limits !== undefined && limits !== null) out.limits = limitsOf(limits);
  if (tails !== undefined && tails !== null) out.tails = tailsOf(tails);
  return contents.parts.length === 0 ? out : new Parted(out, contents.parts);
}

/** Fact L27. */
const MAX_CODE = 64 << 20;
/** Of contents, in UTF-16 units or bytes: what is more goes ahead of the answer. */
const INLINE = 256 * 1024;

/** The contents of modules on their way to the supervisor. */
class Contents {
  readonly parts: Part[] = [];
  #size = 0;

  /** The content, or its place where it goes ahead. */
  add<T extends string | Uint8Array>(content: T): T | [number, number] {
    this.#size += content.length;
    if (this.#size <= INLINE) return content;
    const place: [number, number] = [0, 0];
    this.parts.push({ content, place });
    return place;
  }

  /** Refuses what certainly is too much; a unit of a text may take more than a byte. */
  check(): void {
    if (this.#size > MAX_CODE) throw new Error(`Dynamic Worker code size (${this.#size} bytes) exceeds the maximum allowed size of ${MAX_CODE} bytes.`);
  }
}

/** A stub as the answer refers to it. */
function serviceOf(stub: unknown, field: string, type: string): unknown {
  const channel = (typeof stub === "object" && stub !== null) || typeof stub === "function" ? stubChannel(stub) : undefined;
  if (channel === undefined) throw new TypeError(`Incorrect type for the '${field}' field on 'WorkerCode': the provided value is not of type '${type}'.`);
  // What ctx.exports holds may stand here uncalled (fact L35), as it may not in env.
  if (typeof stub === "function") return (stub as () => unknown)();
  channel.reference(); // says why, where it may not travel
  return stub;
}

/** Where the worker's fetch() goes (facts L34, L35). */
function outboundOf(stub: unknown): unknown {
  return serviceOf(stub, "globalOutbound", "Fetcher");
}

/** Who is told of its calls (fact L36). */
function tailsOf(tails: unknown): unknown[] {
  if (!Array.isArray(tails)) throw new TypeError("Incorrect type for the 'tails' field on 'WorkerCode': the provided value is not of type 'Array<Fetcher>'.");
  if (tails.length > MAX_TAILS) throw new TypeError(`A worker may have ${MAX_TAILS} tails; this one has ${tails.length}.`);
  return tails.map((t) => serviceOf(t, "tails", "Array<Fetcher>"));
}

function modulesOf(modules: unknown, contents: Contents): Record<string, unknown> {
  if (typeof modules !== "object" || modules === null) {
    throw new TypeError("Incorrect type for the 'modules' field on 'WorkerCode': the provided value is not of type 'object'.");
  }
  const names = Object.keys(modules);
  if (names.length === 0) throw new TypeError("Dynamic Worker code must contain at least one module.");
  const out: Record<string, unknown> = {};
  for (const name of names) {
    // __proto__ is a module's name like any other.
    const value = moduleOf(name, (modules as Record<string, unknown>)[name], contents);
    Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
  }
  contents.check();
  return out;
}

function moduleOf(name: string, content: unknown, contents: Contents): unknown {
  if (typeof content === "string") {
    checkName(name);
    const js = contents.add(content);
    return typeof js === "string" ? js : { js };
  }
  if (typeof content !== "object" || content === null) throw new TypeError(`The content of module ${JSON.stringify(name)} is neither a string nor an object.`);
  const given = KINDS.filter((k) => (content as Record<string, unknown>)[k] !== undefined);
  if (given.length !== 1) {
    throw new TypeError(`Module ${JSON.stringify(name)} must have exactly one of 'js', 'cjs', 'text', 'data', 'json', 'py' and 'wasm'; it has ${given.length}.`);
  }
  const kind = given[0]!;
  const value = (content as Record<string, unknown>)[kind];
  if (kind in UNSUPPORTED) throw new TypeError(`Module ${JSON.stringify(name)}: ${UNSUPPORTED[kind]} modules are not supported.`);
  if (kind === "data" || kind === "wasm") {
    const bytes = bytesOf(value);
    if (bytes === undefined) throw new TypeError(`Module ${JSON.stringify(name)}: '${kind}' is not an ArrayBuffer or a view of one.`);
    const data = contents.add(bytes.slice());
    return { [kind]: data instanceof Uint8Array ? data.buffer : data };
  }
  if (kind === "json") {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`Module ${JSON.stringify(name)}: 'json' is not a JSON value.`);
    return { json: contents.add(text) };
  }
  return { [kind]: contents.add(`${value as string}`) };
}

/** Fact L22. */
function checkName(name: string): void {
  if (name.endsWith(".js")) return;
  if (name.endsWith(".py")) throw new TypeError(`Module ${JSON.stringify(name)}: Python modules are not supported.`);
  if (/\.(?:[cm]?ts|tsx|jsx)$/.test(name)) {
    throw new TypeError(`Module ${JSON.stringify(name)} must be bundled first: a module whose content is a string is JavaScript, and its name must end in .js.`);
  }
  throw new TypeError(`The name of module ${JSON.stringify(name)} must end in .js, or its content must be an object that says its type.`);
}

function flagsOf(flags: unknown): string[] {
  if (!Array.isArray(flags)) throw new TypeError("Incorrect type for the 'compatibilityFlags' field on 'WorkerCode': the provided value is not of type 'Array'.");
  return flags.map((f) => `${f as string}`);
}

/** Limits of a worker, or of one of its exports (fact L37); they are enforced. */
export function limitsOf(limits: unknown): object {
  const out: Record<string, number> = {};
  for (const name of ["cpuMs", "subRequests"]) {
    const v = (limits as Record<string, unknown>)[name];
    if (v === undefined) continue;
    if (typeof v !== "number" || !Number.isSafeInteger(v)) {
      throw new TypeError(`Incorrect type for the '${name}' field on 'DynamicWorkerLimits': the provided value is not an integer.`);
    }
    if (v < 0) throw new TypeError("The value cannot be converted because it is negative and this API expects a positive number.");
    out[name] = Math.min(v, 2 ** 30); // more than any host lets a call have
  }
  return out;
}

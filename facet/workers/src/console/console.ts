import { native } from "../native.ts";
import { traceLog } from "../calls/trace.ts";
import { format } from "./format.ts";

const enum Level {
  Debug = 0,
  Log = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
}

const counts = new Map<string, number>();
const starts = new Map<string, number>();
/** Labels that an application may keep. */
const MAX_LABELS = 1000;
let indent = "";

function write(level: Level, args: readonly unknown[]): void {
  traceLog(level, args);
  const text = format(args);
  native.log(level, indent === "" ? text : text.replace(/^/gm, indent));
}

function elapsed(label: string): string | undefined {
  const start = starts.get(label);
  return start === undefined ? undefined : `${label}: ${(native.now() - start).toFixed(3)}ms`;
}

/** The Console standard's namespace object; lines go to the facet's log. */
export const console = {
  debug: (...args: unknown[]) => write(Level.Debug, args),
  log: (...args: unknown[]) => write(Level.Log, args),
  info: (...args: unknown[]) => write(Level.Info, args),
  warn: (...args: unknown[]) => write(Level.Warn, args),
  error: (...args: unknown[]) => write(Level.Error, args),
  trace: (...args: unknown[]) => write(Level.Log, ["Trace: " + format(args) + "\n" + (new Error().stack ?? "")]),
  assert: (condition?: unknown, ...args: unknown[]) => {
    if (!condition) write(Level.Error, typeof args[0] === "string" ? ["Assertion failed: " + args[0], ...args.slice(1)] : ["Assertion failed", ...args]);
  },
  dir: (value?: unknown) => write(Level.Log, [value]),
  dirxml: (...args: unknown[]) => write(Level.Log, args),
  table: (value?: unknown) => write(Level.Log, [value]),
  group: (...args: unknown[]) => {
    if (args.length > 0) write(Level.Log, args);
    if (indent.length < 40) indent += "  ";
  },
  groupCollapsed: (...args: unknown[]) => console.group(...args),
  groupEnd: () => {
    indent = indent.slice(2);
  },
  count: (label: unknown = "default") => {
    const key = String(label);
    const n = (counts.get(key) ?? 0) + 1;
    if (counts.size < MAX_LABELS || counts.has(key)) counts.set(key, n);
    write(Level.Log, [`${key}: ${n}`]);
  },
  countReset: (label: unknown = "default") => {
    counts.delete(String(label));
  },
  time: (label: unknown = "default") => {
    if (starts.size < MAX_LABELS) starts.set(String(label), native.now());
  },
  timeLog: (label: unknown = "default", ...args: unknown[]) => {
    const text = elapsed(String(label));
    if (text !== undefined) write(Level.Log, [text, ...args]);
  },
  timeEnd: (label: unknown = "default") => {
    const text = elapsed(String(label));
    starts.delete(String(label));
    if (text !== undefined) write(Level.Log, [text]);
  },
  clear: () => undefined,
};

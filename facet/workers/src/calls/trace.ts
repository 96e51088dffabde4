import { Out } from "../messages.ts";
import { native } from "../native.ts";
import { currentCall } from "../loop/current.ts";
import type { Request } from "../web/request.ts";
import { contextOf } from "./context.ts";
import { describeError } from "./failure.ts";

/** Of one event's logs and exceptions: so many, and so many UTF-16 units of JSON; what is more is left out. */
const MAX_LINES = 256;
const MAX_TEXT = 64 * 1024;
const MAX_URL = 4096;
const LEVELS = ["debug", "log", "info", "warn", "error"];
/** As on the peer, values of such header fields are not told. */
const SECRET = /auth|cookie|jwt|key|secret|token/i;

/** Whether somebody wants to know of the calls (fact L36). */
let wanted = false;
let executionModel = "stateless";
/** Those of calls that are not over, waitUntil() included. */
const open = new Map<number, Trace>();

export function grantTails(on: boolean, object: boolean): void {
  wanted = on;
  if (object) executionModel = "durableObject";
}

/** What is told of one call. */
class Trace {
  readonly #since = stamp();
  readonly #logs: string[] = [];
  readonly #exceptions: string[] = [];
  #text = 0;
  #truncated = false;
  outcome = "ok";
  event: Record<string, unknown>;

  constructor(event: Record<string, unknown>) {
    this.event = event;
  }

  #add(list: string[], entry: object): void {
    const text = JSON.stringify(entry);
    if (list.length >= MAX_LINES || this.#text + text.length > MAX_TEXT) {
      this.#truncated = true;
      return;
    }
    this.#text += text.length;
    list.push(text);
  }

  log(level: number, args: readonly unknown[]): void {
    const message = args.map(plain);
    const errors = args.map((v) => (v instanceof Error ? describeError(v) : null));
    const errorInfo = errors.some((e) => e !== null) ? { errorInfo: errors } : {};
    this.#add(this.#logs, { ...errorInfo, message, level: LEVELS[level], timestamp: stamp() });
  }

  exception(e: unknown): void {
    const { name, message, stack } = describeError(e);
    this.#add(this.#exceptions, { ...(stack !== "" && { stack }), name, message, timestamp: stamp() });
  }

  post(): void {
    const about = {
      wallTime: Math.max(0, stamp() - this.#since), cpuTime: 0, truncated: this.#truncated, executionModel, outcome: this.outcome,
      scriptName: null, diagnosticsChannelEvents: [], eventTimestamp: this.#since, event: this.event,
    };
    const lists = `,"exceptions":[${this.#exceptions.join()}],"logs":[${this.#logs.join()}]}`;
    native.post(Out.Trace, 0, 0, JSON.stringify(about).slice(0, -1) + lists);
  }
}

function stamp(): number {
  return Math.trunc(native.now());
}

/** A value of the application's as JSON has it. */
function plain(v: unknown): unknown {
  try {
    if (v instanceof Error) return `${v.name}: ${v.message}`;
    const text = JSON.stringify(v, (_, x: unknown) => (typeof x === "bigint" ? String(x) : x)) as string | undefined;
    return text === undefined ? String(v) : (JSON.parse(text) as unknown);
  } catch {
    return "a value that cannot be shown";
  }
}

export function tracing(): boolean {
  return wanted;
}

export function traceFetch(id: number, request: Request): void {
  if (!wanted) return;
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) headers[name] = SECRET.test(name) ? "REDACTED" : value;
  open.set(id, new Trace({ request: { url: request.url.slice(0, MAX_URL), method: request.method, headers } }));
}

export function traceRpc(id: number, rpcMethod: string): void {
  if (wanted) open.set(id, new Trace({ rpcMethod: rpcMethod.slice(0, MAX_URL) }));
}

export function traceResponse(id: number, status: number): void {
  if (!wanted) return;
  const trace = open.get(id);
  if (trace !== undefined) trace.event.response = { status };
}

/** The call failed. As on the peer, what a method throws is its caller's to tell. */
export function traceFailure(id: number, e: unknown): void {
  const trace = open.get(id);
  if (trace === undefined || !("request" in trace.event)) return;
  trace.outcome = "exception";
  trace.exception(e);
}

export function traceOutcome(id: number, outcome: string): void {
  const trace = open.get(id);
  if (trace !== undefined) trace.outcome = outcome;
}

/** An exception that nobody else sees. */
export function traceUncaught(e: unknown): void {
  if (wanted) open.get(currentCall)?.exception(e);
}

export function traceLog(level: number, args: readonly unknown[]): void {
  if (wanted) open.get(currentCall)?.log(level, args);
}

/** The call is answered; it is told of once what it gave to waitUntil() is over, too. */
export function traceEnd(id: number): void {
  if (!wanted) return;
  const trace = open.get(id);
  if (trace === undefined) return;
  const end = () => {
    if (open.delete(id)) trace.post();
  };
  const context = contextOf(id);
  if (context === undefined) end();
  else context.atEnd(end);
}

import { Out } from "../messages.ts";
import { native } from "../native.ts";
import { reportError } from "../calls/report.ts";
import { refuseToClone } from "../codec/classify.ts";
import { cancelTimer, startTimer } from "../loop/timers.ts";
import { atob } from "../web/base64.ts";
import { End, LOST_CODE, Mode, type Said } from "./end.ts";
import { endOf, hear, LOST, sayClose, socketOf, type WebSocket } from "./websocket.ts";
import { Wire } from "./wire.ts";

const MAX_TAGS = 10;
const MAX_TAG = 256;

/** Sockets that were accepted for hibernation and are open, in order. */
const accepted = new Set<End>();
/** The object whose handlers hear them. */
let handlers: Record<string, unknown> = {};
let timeout: number | null = null;

export function setSocketHandlers(object: object): void {
  handlers = object as Record<string, unknown>;
}

/** What Load says about sockets of an earlier instance (docs/projects.md). */
export interface Resumed {
  readonly call: number;
  readonly tags: readonly string[];
  /** In base64. */
  readonly attachment?: string;
  readonly answered?: number;
}

export function resumeSockets(list: readonly Resumed[]): void {
  for (const r of list) {
    const end = new End();
    end.tags = r.tags;
    end.attachment = r.attachment === undefined ? undefined : Uint8Array.from(atob(r.attachment), (c) => c.charCodeAt(0));
    end.answered = r.answered;
    end.wire = new Wire(r.call, end);
    end.wire.open();
    end.accept(Mode.Hibernating, deliver);
    accepted.add(end);
  }
}

function wrongType(method: string, n: number, type: string): TypeError {
  return new TypeError(`Failed to execute '${method}' on 'DurableObjectState': parameter ${n} is not of type '${type}'.`);
}

function need(method: string, socket: unknown): End {
  const end = endOf(socket);
  if (end === undefined) throw wrongType(method, 1, "WebSocket");
  return end;
}

export function acceptWebSocket(socket: unknown, tags: unknown): void {
  const end = need("acceptWebSocket", socket);
  if (tags !== undefined && !Array.isArray(tags)) throw wrongType("acceptWebSocket", 2, "Array");
  if (end.mode !== Mode.Unaccepted) throw new Error("Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`");
  if (end.used || (end.other === undefined ? end.wire === undefined || end.wire.id % 2 === 1 : end.other.mode !== Mode.Unaccepted || end.other.used)) {
    throw new Error("Cannot call `acceptWebSocket()` on this WebSocket because its pair has already been accepted or used in a Response.");
  }
  end.tags = tagsOf((tags as unknown[] | undefined) ?? []);
  end.wire?.open();
  end.accept(Mode.Hibernating, deliver);
  end.wire?.state(true);
  accepted.add(end);
}

function tagsOf(tags: unknown[]): string[] {
  const out = [...new Set(tags.map((t) => String(t).toWellFormed()))];
  if (out.length > MAX_TAGS) throw new Error(`a Hibernatable WebSocket cannot have more than ${MAX_TAGS} tags`);
  for (const t of out) {
    if (native.utf8Encode(t).length > MAX_TAG) throw new Error(`"${t}" is longer than the max tag length (${MAX_TAG} characters).`);
  }
  return out;
}

export function getWebSockets(tag: unknown): WebSocket[] {
  const out: WebSocket[] = [];
  const wanted = tag === undefined ? undefined : String(tag);
  for (const end of accepted) if (wanted === undefined || end.tags.includes(wanted)) out.push(socketOf(end));
  // As on the peer: the newest first, those of a tag the oldest.
  return wanted === undefined ? out.reverse() : out;
}

export function getTags(socket: unknown): string[] {
  const end = need("getTags", socket);
  if (end.mode === Mode.Plain) throw new Error("only hibernatable websockets can have tags.");
  if (!accepted.has(end)) throw new Error("you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket.");
  return [...end.tags];
}

/** Hands out what a hibernatable socket hears. */
function deliver(end: End, said: Said, done: () => void): void {
  if (end.lost || (end.gotClose && !("lost" in said))) return done();
  const socket = socketOf(end);
  if ("data" in said) {
    const { data } = said;
    return call("webSocketMessage", [socket, typeof data === "string" ? data : data.slice().buffer], done);
  }
  const before = end.gotClose;
  hear(end, said);
  const args: [string, unknown[]] =
    "code" in said ? ["webSocketClose", [socket, said.code, said.reason, true]]
    : said.lost === "" ? ["webSocketClose", [socket, LOST_CODE, LOST, false]]
    : ["webSocketError", [socket, new Error(said.lost)]];
  if (before) return forget(end, said, done);
  call(args[0], args[1], () => forget(end, said, done));
  accepted.delete(end);
}

/** The handler is over: the connection is, too. */
function forget(end: End, said: Said, done: () => void): void {
  accepted.delete(end);
  if ("code" in said) sayClose(end, said.code, said.reason);
  else if (end.wire !== undefined) native.post(Out.WsClose, end.wire.id, LOST_CODE);
  done();
}

function call(name: string, args: unknown[], done: () => void): void {
  const f = handlers[name];
  if (typeof f !== "function") return done();
  const timer = timeout === null ? undefined : startTimer(timeout, done);
  const over = () => {
    if (timer !== undefined) cancelTimer(timer);
    done();
  };
  const failed = (e: unknown) => {
    reportError(e);
    over();
  };
  let result: unknown;
  try {
    result = Reflect.apply(f as () => unknown, handlers, args);
  } catch (e) {
    return failed(e);
  }
  if (typeof result !== "object" || result === null) return over();
  Promise.resolve(result).then(over, failed);
}

const MAX_AUTO = 2048;

/** A text message and what the supervisor answers to it. */
export class WebSocketRequestResponsePair {
  readonly #request: string;
  readonly #response: string;
  constructor(request: unknown, response: unknown) {
    for (const n of [1, 2]) {
      if (arguments.length < n) throw new TypeError(`Failed to construct 'WebSocketRequestResponsePair': constructor parameter ${n} is not of type 'string'.`);
    }
    this.#request = String(request).toWellFormed();
    this.#response = String(response).toWellFormed();
  }
  get request(): string { return this.#request; }
  get response(): string { return this.#response; }
  get [Symbol.toStringTag](): string { return "WebSocketRequestResponsePair"; }
}

let auto: WebSocketRequestResponsePair | null = null;

export function resumeAuto(pair: readonly [string, string]): void {
  auto = new WebSocketRequestResponsePair(pair[0], pair[1]);
}

export function setWebSocketAutoResponse(pair: unknown): void {
  if (pair === undefined) {
    auto = null;
    return native.post(Out.WsAuto, 0, 0);
  }
  if (!(pair instanceof WebSocketRequestResponsePair)) throw wrongType("setWebSocketAutoResponse", 1, "WebSocketRequestResponsePair");
  for (const [what, text] of [["Request", pair.request], ["Response", pair.response]] as const) {
    const size = native.utf8Encode(text).length;
    if (size > MAX_AUTO) throw new RangeError(`${what} cannot be larger than ${MAX_AUTO} bytes. A ${what.toLowerCase()} of size ${size} was provided.`);
  }
  auto = pair;
  native.post(Out.WsAuto, 0, 1, pair.request, pair.response);
}

export function getWebSocketAutoResponse(): WebSocketRequestResponsePair | null {
  return auto;
}

export function getWebSocketAutoResponseTimestamp(socket: unknown): Date | null {
  const { answered } = need("getWebSocketAutoResponseTimestamp", socket);
  return answered === undefined ? null : new Date(answered);
}

/** A week, in milliseconds. */
const MAX_TIMEOUT = 604800000;

export function setEventTimeout(ms: unknown): void {
  const n = ms === undefined ? 0 : Math.trunc(Number(ms)) || 0;
  if (n < 0) throw new TypeError("The value cannot be converted because it is negative and this API expects a positive number.");
  if (n > MAX_TIMEOUT) throw new Error(`Event timeout should not exceed ${MAX_TIMEOUT} ms.`);
  timeout = n === 0 ? null : n;
}

export function getEventTimeout(): number | null {
  return timeout;
}

refuseToClone(WebSocketRequestResponsePair);

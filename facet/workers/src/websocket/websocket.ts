import { native } from "../native.ts";
import { refuseToClone } from "../codec/classify.ts";
import { decodeWith, encodePlain, encodeStored } from "../codec/values.ts";
import { Blob } from "../web/blob.ts";
import { DOMException } from "../web/dom_exception.ts";
import { type Event } from "../web/events/event.ts";
import { EventTarget } from "../web/events/event_target.ts";
import { connect } from "./connect.ts";
import { End, Mode, NO_CODE, type Said } from "./end.ts";
import { CloseEvent, ErrorEvent, MessageEvent } from "./events.ts";
import { compatibility } from "./compatibility.ts";

const INTERNAL = Symbol("internal");
const MAX_REASON = 123;
const MAX_ATTACHMENT = 16384;
const LOST = "WebSocket disconnected without sending Close frame.";
const NOT_ACCEPTED = "You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.";

export let endOf: (v: unknown) => End | undefined;

type Listener = (e: Event) => unknown;

/** The peer's WebSocket: an end of a connection that is used once accept() was called. */
export class WebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static readonly READY_STATE_CONNECTING = 0;
  static readonly READY_STATE_OPEN = 1;
  static readonly READY_STATE_CLOSING = 2;
  static readonly READY_STATE_CLOSED = 3;

  readonly #end: End;
  #url: string | null = null;
  #protocol = "";
  #binaryType: string | undefined;
  #on: Record<string, Listener> | undefined;

  constructor(url: unknown, protocols?: unknown) {
    super();
    if (url === INTERNAL) {
      this.#end = protocols as End;
      return;
    }
    if (arguments.length === 0) throw new TypeError("Failed to construct 'WebSocket': constructor parameter 1 is not of type 'string'.");
    this.#end = new End();
    this.#end.socket = this;
    this.#end.connecting = true;
    this.#url = connect(this, this.#end, String(url), protocols, (protocol) => {
      this.#protocol = protocol;
      this.#end.accept(Mode.Plain, deliver);
    });
  }

  get readyState(): number { return this.#end.readyState; }
  get url(): string | null { return this.#url; }
  get protocol(): string { return this.#protocol; }
  get extensions(): string { return ""; }
  get bufferedAmount(): number { return this.#end.wire?.buffered ?? 0; }
  get binaryType(): string { return (this.#binaryType ??= compatibility.blobs ? "blob" : "arraybuffer"); }
  set binaryType(v: string) { if (v === "blob" || v === "arraybuffer") this.#binaryType = v; }

  accept(options?: { allowHalfOpen?: unknown }): void {
    const end = this.#end;
    if (end.mode === Mode.Hibernating) throw new TypeError("Can't accept() WebSocket after enabling hibernation.");
    if (end.used) throw new TypeError("Can't accept() WebSocket that was already used in a response.");
    if (end.mode === Mode.Plain) return;
    end.halfOpen = options?.allowHalfOpen === undefined ? !compatibility.autoReply : Boolean(options.allowHalfOpen);
    end.accept(Mode.Plain, deliver);
    end.wire?.open();
    end.wire?.state(true);
  }

  send(message: unknown): void {
    if (arguments.length === 0) {
      throw new TypeError("Failed to execute 'send' on 'WebSocket': parameter 1 is not of type 'ArrayBuffer or ArrayBufferView or string'.");
    }
    const end = this.#end;
    if (end.connecting) throw new DOMException("Can't send() while the WebSocket is connecting.", "InvalidStateError");
    if (end.mode === Mode.Unaccepted) throw new TypeError(NOT_ACCEPTED);
    if (end.sentClose) throw new TypeError("Can't call WebSocket send() after close().");
    if (end.lost) return;
    end.say({ data: dataOf(message) });
  }

  close(code?: unknown, reason?: unknown): void {
    const end = this.#end;
    if (end.mode === Mode.Unaccepted && !end.connecting) throw new TypeError(NOT_ACCEPTED);
    if (code === undefined && reason !== undefined) {
      throw new DOMException("If you specify a WebSocket close reason, you must also specify a code.", "InvalidAccessError");
    }
    const n = code === undefined ? NO_CODE : Number(code) | 0;
    if (code !== undefined && !isCode(n)) throw new DOMException(`Invalid WebSocket close code: ${n}.`, "InvalidAccessError");
    const text = reason === undefined ? "" : String(reason).toWellFormed();
    if (native.utf8Encode(text).length > MAX_REASON) {
      throw new DOMException("WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded.", "SyntaxError");
    }
    sayClose(end, n, text);
  }

  serializeAttachment(value: unknown): void {
    if (arguments.length === 0) throw new TypeError("Failed to execute 'serializeAttachment' on 'WebSocket': parameter 1 is not of type 'Value'.");
    const bytes = encoded(value);
    if (bytes.length > MAX_ATTACHMENT) {
      throw new Error(`A WebSocket 'attachment' cannot be larger than ${MAX_ATTACHMENT} bytes.'attachment' was ${bytes.length} bytes.`);
    }
    this.#end.attachment = bytes;
    if (this.#end.mode === Mode.Hibernating && !this.#end.sentClose && !this.#end.lost) this.#end.wire?.attach(bytes);
  }

  deserializeAttachment(): unknown {
    const { attachment } = this.#end;
    return attachment === undefined ? null : decodeWith(attachment.slice(), undefined);
  }

  get onopen(): unknown { return this.#on?.open; }
  set onopen(f: unknown) { this.#listen("open", f); }
  get onmessage(): unknown { return this.#on?.message; }
  set onmessage(f: unknown) { this.#listen("message", f); }
  get onclose(): unknown { return this.#on?.close; }
  set onclose(f: unknown) { this.#listen("close", f); }
  get onerror(): unknown { return this.#on?.error; }
  set onerror(f: unknown) { this.#listen("error", f); }

  #listen(type: string, f: unknown): void {
    const on = (this.#on ??= {});
    if (on[type] !== undefined) this.removeEventListener(type, on[type]);
    delete on[type];
    if (typeof f !== "function") return;
    on[type] = f as Listener;
    this.addEventListener(type, f as Listener);
  }

  override get [Symbol.toStringTag](): string { return "WebSocket"; }

  static {
    endOf = (v) => (typeof v === "object" && v !== null && #end in v ? v.#end : undefined);
    for (const [i, name] of ["CONNECTING", "OPEN", "CLOSING", "CLOSED"].entries()) {
      for (const key of [name, `READY_STATE_${name}`]) Object.defineProperty(this.prototype, key, { value: i, enumerable: true });
    }
  }
}

/** The object that the application sees of an end. */
export function socketOf(end: End): WebSocket {
  return (end.socket ??= new WebSocket(INTERNAL, end));
}

/** An attachment may refer to nothing, like what is stored. */
function encoded(value: unknown): Uint8Array {
  const plain = encodePlain(value);
  return plain === undefined ? (encodeStored(value) as Uint8Array).slice() : native.utf8Encode(plain);
}

function dataOf(message: unknown): string | Uint8Array {
  if (ArrayBuffer.isView(message)) return new Uint8Array(message.buffer, message.byteOffset, message.byteLength).slice();
  if (message instanceof ArrayBuffer) return new Uint8Array(message.slice(0));
  return String(message).toWellFormed();
}

/** What a close frame may carry; 1016 to 2999 are not assigned, but the peer lets them pass. */
function isCode(n: number): boolean {
  return n >= 1000 && n <= 4999 && n !== 1004 && n !== 1005 && n !== 1006 && n !== 1015;
}

export function sayClose(end: End, code: number, reason: string): void {
  if (end.sentClose || end.lost) return;
  end.sentClose = true;
  end.say({ code, reason });
}

/** Hands out what an end that was accept()ed hears. */
function deliver(end: End, said: Said, done: () => void): void {
  const socket = socketOf(end);
  if (end.lost || end.gotClose) return done();
  if ("data" in said) {
    const { data } = said;
    socket.dispatchEvent(new MessageEvent("message", { data: typeof data === "string" ? data : binary(socket, data) }));
    return done();
  }
  hear(end, said);
  if ("code" in said) {
    if (!end.halfOpen) sayClose(end, said.code, said.reason);
    socket.dispatchEvent(new CloseEvent("close", { code: said.code, reason: said.reason, wasClean: true }));
  } else if (said.lost === "") {
    socket.dispatchEvent(new CloseEvent("close", { code: 1006, reason: LOST, wasClean: false }));
  } else {
    socket.dispatchEvent(new ErrorEvent("error", { message: `Uncaught Error: ${said.lost}`, error: new Error(said.lost) }));
  }
  done();
}

/** Notes that the other end has closed or is gone. */
export function hear(end: End, said: Said): void {
  if ("code" in said) end.gotClose = true;
  else if ("lost" in said) end.lost = true;
  end.wire?.settle();
}

export { LOST };

function binary(socket: WebSocket, data: Uint8Array): unknown {
  if (socket.binaryType === "blob") return new Blob([data]);
  return data.byteLength === data.buffer.byteLength ? data.buffer : data.slice().buffer;
}

refuseToClone(WebSocket);

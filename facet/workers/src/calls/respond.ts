import { BODY_FOLLOWS, FailureKind, Out } from "../messages.ts";
import { native } from "../native.ts";
import { pullerOf } from "../web/body/content.ts";
import { flatHeaders, isResponse, responseState } from "../web/response.ts";
import { postError } from "./failure.ts";
import { Outgoing, pullBytes } from "./outgoing.ts";
import { type Call, endCall } from "./table.ts";
import { abortError } from "../web/events/abort.ts";

/** A text of so many units certainly fits the inline part; each has at most three bytes. */
const INLINE_TEXT = 40 * 1024;
const INLINE_BYTES = 128 * 1024;
/** Of status text and header fields, in UTF-16 units: with the inline part they fit one message to the supervisor. */
const MAX_HEAD = 1024 * 1024;

/** Ends a fetch call with what its handler returned. */
export function respond(call: Call, value: unknown): void {
  if (!isResponse(value)) {
    return fail(call, new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'."));
  }
  const s = responseState(value);
  if (s.type === "error") return fail(call, new TypeError("Response.error() cannot be sent to a client."));
  const flat = flatHeaders(s);
  if (flat.length + s.statusText.length > MAX_HEAD) {
    return fail(call, new RangeError("The status text and header fields of a response may have 1 MiB together."));
  }
  if (s.content === null) return whole(call, s.status, s.statusText, flat, undefined);
  let source;
  try {
    source = s.content.take();
  } catch (e) {
    return fail(call, e);
  }
  if (typeof source === "string") {
    if (source.length <= INLINE_TEXT) return whole(call, s.status, s.statusText, flat, source);
    source = native.utf8Encode(source);
  }
  if (!(source instanceof Uint8Array)) return stream(call, s.status, s.statusText, flat, new Outgoing(call, pullerOf(source), 0));
  if (source.length <= INLINE_BYTES) return whole(call, s.status, s.statusText, flat, source);
  const first = source.subarray(0, INLINE_BYTES);
  stream(call, s.status, s.statusText, flat, new Outgoing(call, pullBytes(source.subarray(INLINE_BYTES)), first.length), first);
}

function whole(call: Call, status: number, statusText: string, flat: string, body: Uint8Array | string | undefined): void {
  if (endCall(call)) native.post(Out.Response, call.id, status, statusText, flat, undefined, body);
}

function stream(call: Call, status: number, statusText: string, flat: string, outgoing: Outgoing, first?: Uint8Array): void {
  if (call.done) return outgoing.cancel(abortError());
  native.post(Out.Response, call.id, status | BODY_FOLLOWS, statusText, flat, undefined, first);
  call.outgoing = outgoing;
  void outgoing.run();
}

/** Ends a call with an exception. */
export function fail(call: Call, e: unknown, kind: FailureKind = FailureKind.Exception): void {
  if (endCall(call)) postError(call.id, kind, e);
}

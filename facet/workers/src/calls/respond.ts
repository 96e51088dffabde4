import { BODY_FOLLOWS, FailureKind, Out, PASSES } from "../messages.ts";
import { noHandlerError } from "../actor/instance.ts";
import { native } from "../native.ts";
import { flatHeaders, isResponse, type ResponseState, responseState } from "../web/response.ts";
import { postError } from "./failure.ts";
import { Outgoing, type Sender, type Split, split } from "./outgoing.ts";
import { type Call, endCall } from "./table.ts";
import { traceFailure, traceResponse } from "./trace.ts";
import { abortError } from "../web/events/abort.ts";
import { answerWithSocket, dropSocket, unfit } from "../websocket/answer.ts";
import type { End } from "../websocket/end.ts";

/** Of status text and header fields, in UTF-16 units: with the inline part they fit one message to the supervisor. */
const MAX_HEAD = 1024 * 1024;

/** Ends a fetch call with what its handler returned. */
export function respond(call: Call, value: unknown): void {
  if (!isResponse(value)) {
    return fail(call, new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'."));
  }
  const s = responseState(value);
  traceResponse(call.id, s.status);
  if (s.type === "error") return fail(call, new TypeError("Response.error() cannot be sent to a client."));
  const flat = flatHeaders(s);
  if (flat.length + s.statusText.length > MAX_HEAD) {
    return fail(call, new RangeError("The status text and header fields of a response may have 1 MiB together."));
  }
  if (s.socket !== undefined) return upgrade(call, s, flat, s.socket);
  if (s.content === null) return whole(call, s.status, s.statusText, flat, undefined);
  let body: Split;
  try {
    body = split(s.content.take());
  } catch (e) {
    return fail(call, e);
  }
  if (body.rest === undefined) return whole(call, s.status, s.statusText, flat, body.first);
  const first = body.first as Uint8Array | undefined;
  stream(call, s.status, s.statusText, flat, new Outgoing(sender(call), body.rest, first?.length ?? 0), first);
}

function upgrade(call: Call, s: ResponseState, flat: string, end: End): void {
  if (call.upgrade !== true) return fail(call, new TypeError('Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".'));
  const wrong = unfit(end);
  if (wrong !== undefined) return fail(call, wrong);
  if (endCall(call)) answerWithSocket(call.id, s.statusText, flat, end);
  else dropSocket(end);
}

function sender(call: Call): Sender {
  return { id: call.id, onSent: () => endCall(call), onSendFailure: (e) => fail(call, e) };
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
  if (!call.done) traceFailure(call.id, e);
  if (endCall(call)) postError(call.id, call.passes === true ? kind | PASSES : kind, e);
}

/** Ends a call with what its handler threw at once. */
export function failThrown(call: Call, e: unknown): void {
  const missing = noHandlerError(e);
  if (missing === undefined) fail(call, e);
  else fail(call, missing, FailureKind.NoHandler);
}

import { BODY_COMPLETE, FailureKind, HAS_BODY, WEB_SOCKET } from "../messages.ts";
import { instance } from "../actor/instance.ts";
import { forward } from "../host/fetch.ts";
import { Content } from "../web/body/content.ts";
import { Incoming } from "../web/body/incoming.ts";
import { incomingRequest } from "../web/request.ts";
import { enterContext } from "./context.ts";
import { fail, failThrown, respond } from "./respond.ts";
import { beginCall, type Call, keepCall } from "./table.ts";
import { traceFetch } from "./trace.ts";

/** An HTTP request for the instance. flags: HAS_BODY, BODY_COMPLETE. */
export function startFetch(id: number, flags: number, method: string, url: string, headers: string, body: Uint8Array | undefined): void {
  const call: Call = { id, done: false, upgrade: (flags & WEB_SOCKET) !== 0 };
  beginCall(call);
  serve(call, flags, method, url, headers, body);
  keepCall(call);
}

function serve(call: Call, flags: number, method: string, url: string, headers: string, body: Uint8Array | undefined): void {
  if (instance === undefined) return fail(call, new Error("the instance has not been loaded"), FailureKind.Internal);
  if (instance.perCall) enterContext(call.id);
  const request = (call.request = incomingRequest(method, url, headers, contentOf(call, flags, body)));
  traceFetch(call.id, request);
  let result: unknown;
  try {
    result = instance.fetch(request);
  } catch (e) {
    return failThrown(call, e);
  }
  if (typeof result === "object" && result !== null && typeof (result as PromiseLike<unknown>).then === "function") {
    forward(call.id, result);
    Promise.resolve(result).then(
      (value) => respond(call, value),
      (e: unknown) => fail(call, e),
    );
  } else {
    respond(call, result);
  }
}

function contentOf(call: Call, flags: number, body: Uint8Array | undefined): Content | null {
  if ((flags & BODY_COMPLETE) !== 0) {
    return (body !== undefined && body.length > 0) || (flags & HAS_BODY) !== 0 ? new Content(body ?? new Uint8Array(0), null) : null;
  }
  if ((flags & HAS_BODY) === 0) return null;
  call.incoming = new Incoming(call.id, body);
  return new Content(call.incoming, null);
}

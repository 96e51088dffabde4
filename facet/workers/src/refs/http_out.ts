import { TAG_HEADERS, TAG_REQUEST, TAG_RESPONSE } from "../codec/tags.ts";
import { cloneError } from "../codec/limits.ts";
import type { Source } from "../web/body/content.ts";
import { flattenHeaders, headersFromFlat, isHeaders } from "../web/headers.ts";
import { departing, isRequest } from "../web/request.ts";
import { flatHeaders, isResponse, responseState } from "../web/response.ts";
import { bodySource, type BodySource } from "./streams_out.ts";

/** The parts of headers, requests and responses (docs/values.md); undefined for other objects. */
export function partOf(o: object, live: boolean): { tag: number; value: unknown } | undefined {
  if (isHeaders(o)) {
    const parts = flattenHeaders(o).split("\0");
    return { tag: TAG_HEADERS, value: parts.slice(0, -1) };
  }
  if (isResponse(o)) {
    const s = responseState(o);
    if (s.type === "error") throw cloneError("Response.error() cannot be sent.");
    const headers = headersFromFlat(flatHeaders(s), false);
    return { tag: TAG_RESPONSE, value: { status: s.status, statusText: s.statusText, headers, body: body(s.content?.take(), live) } };
  }
  if (isRequest(o)) {
    const { method, url, flat, redirect, body: source } = departing(o, undefined);
    return { tag: TAG_REQUEST, value: { method, url, headers: headersFromFlat(flat, false), redirect, body: body(source, live) } };
  }
  return undefined;
}

function body(source: Source | undefined, live: boolean): BodySource | null {
  if (source === undefined) return null;
  if (!live) throw cloneError("ReadableStream can only be serialized for RPC.");
  return bodySource(source);
}

import { TAG_HEADERS, TAG_RESPONSE } from "../codec/tags.ts";
import { malformed } from "../codec/reader.ts";
import { Content } from "../web/body/content.ts";
import { Headers } from "../web/headers.ts";
import { builtRequest } from "../web/request.ts";
import { builtResponse } from "../web/response.ts";
import { RemoteBody } from "./streams_in.ts";

/** Rebuilds what partOf() took apart. Throws DataCloneError. */
export function build(tag: number, parts: unknown): object {
  try {
    if (tag === TAG_HEADERS) return headers(parts);
    if (typeof parts !== "object" || parts === null) throw new TypeError("no parts");
    const o = parts as Record<string, unknown>;
    const content = o.body instanceof RemoteBody ? new Content(o.body, null) : null;
    const { status, statusText, method, redirect } = o;
    if (tag === TAG_RESPONSE) return builtResponse({ status, statusText, headers: o.headers as Headers | undefined }, content);
    return builtRequest(String(o.url), { method, redirect, headers: o.headers as Headers | undefined }, content);
  } catch {
    throw malformed("the parts of a request, a response or headers don't fit");
  }
}

function headers(parts: unknown): Headers {
  if (!Array.isArray(parts)) throw new TypeError("no list");
  const h = new Headers();
  for (let i = 0; i + 1 < parts.length; i += 2) h.append(parts[i] as string, parts[i + 1] as string);
  return h;
}

import { type Departing } from "../web/request.ts";
import { headersFromFlat, flattenHeaders } from "../web/headers.ts";
import type { Response } from "../web/response.ts";
import { parseURL, serializeHost, serializeURL } from "../web/url/parse.ts";

/** Fetch standard, section 4.4: so many redirects are followed. */
const MAX_REDIRECTS = 20;
const STATUSES = new Set([301, 302, 303, 307, 308]);
/** Not for another origin (Fetch standard, section 4.4). */
const CREDENTIALS = "authorization";
const BODY_HEADERS = ["content-encoding", "content-language", "content-location", "content-type", "content-length"];

/**
 * The request that follows a response; undefined where the response is the
 * answer. Throws TypeError where it may not be followed.
 */
export function next(request: Departing, response: Response, followed: number): Departing | undefined {
  if (!STATUSES.has(response.status) || request.redirect === "manual") return undefined;
  const location = response.headers.get("location");
  if (location === null) return undefined;
  if (request.redirect === "error") throw new TypeError("Unexpected redirect.");
  if (followed >= MAX_REDIRECTS) throw new TypeError("Too many redirects.");
  const base = parseURL(request.url);
  const url = base === null ? null : parseURL(location, base);
  if (url === null || (url.scheme !== "http" && url.scheme !== "https")) throw new TypeError(`Invalid redirect URL: ${location}`);
  const { status } = response;
  const drops = status === 303 ? request.method !== "GET" && request.method !== "HEAD" : request.method === "POST" && status < 303;
  // Names and passwords in the URL are not sent.
  const target = serializeURL({ ...url, username: "", password: "", fragment: null });
  const away = base === null || base.scheme !== url.scheme || base.port !== url.port || serializeHost(base) !== serializeHost(url);
  const { body } = request;
  if (!drops && body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw new TypeError("A request with a one-time-use body (it was a stream) was redirected and cannot be sent again.");
  }
  if (!drops && !away) return { ...request, url: target };
  const headers = headersFromFlat(request.flat, false);
  if (away) headers.delete(CREDENTIALS);
  if (drops) for (const name of BODY_HEADERS) headers.delete(name);
  const same = { ...request, url: target, flat: flattenHeaders(headers) };
  return drops ? { ...same, method: "GET", body: undefined } : same;
}

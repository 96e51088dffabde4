import { machine, type Record } from "./state_machine.ts";

/**
 * URLs that the parser would leave as they are: lower-case ASCII host, no user,
 * nothing to encode. The classes leave out what section 4.4 of the URL standard
 * encodes or treats specially, and some more.
 */
const PLAIN = /^(https?):\/\/([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([0-9]{1,5}))?(\/[\w\-.~!$&'()*+,;=:@%/]*)?(?:\?([\w\-.~!$&()*+,;=:@%/?[\]|{}]*))?(?:#([\w\-.~!$&()*+,;=:@%/?]*))?$/;
/** Dot segments, spelled in any way, need the parser. */
const DOTS = /\/\.|%2e/i;
/** A host whose last label looks like a number is an IPv4 address; xn-- needs checks. */
const SPECIAL_HOST = /(?:^|\.)(?:xn--|[0-9][^.]*$)/;
/** Longer inputs are refused: nothing on the wire carries them. */
const MAX = 1 << 20;

function parsePlain(input: string): Record | undefined {
  const m = PLAIN.exec(input);
  if (m === null) return undefined;
  const path = m[4] ?? "/";
  if (DOTS.test(path) || SPECIAL_HOST.test(m[2]!)) return undefined;
  const port = m[3] === undefined ? null : Number(m[3]);
  if (port !== null && port > 65535) return undefined;
  return {
    scheme: m[1]!,
    username: "",
    password: "",
    host: m[2]!,
    port: port === (m[1] === "http" ? 80 : 443) ? null : port,
    path: path.slice(1).split("/"),
    query: m[5] ?? null,
    fragment: m[6] ?? null,
  };
}

/** Parses by the URL standard; null is failure. */
export function parseURL(input: string, base?: Record): Record | null {
  if (input.length > MAX) return null;
  return parsePlain(input) ?? machine().basicURLParse(input.toWellFormed(), { baseURL: base ?? null });
}

export function serializeHost(r: Record): string {
  if (r.host === null) return "";
  return typeof r.host === "string" ? r.host : machine().serializeHost(r.host);
}

export function serializePath(r: Record): string {
  if (typeof r.path === "string") return r.path;
  return r.path.length === 0 ? "" : "/" + r.path.join("/");
}

/** URL standard, section 4.5. */
export function serializeURL(r: Record, withoutFragment = false): string {
  let out = r.scheme + ":";
  if (r.host !== null) {
    out += "//";
    if (r.username !== "" || r.password !== "") out += r.username + (r.password === "" ? "" : ":" + r.password) + "@";
    out += serializeHost(r);
    if (r.port !== null) out += ":" + r.port;
  } else if (Array.isArray(r.path) && r.path.length > 1 && r.path[0] === "") {
    out += "/.";
  }
  out += serializePath(r);
  if (r.query !== null) out += "?" + r.query;
  if (!withoutFragment && r.fragment !== null) out += "#" + r.fragment;
  return out;
}

import { native } from "../native.ts";
import { bytesOfBase64 } from "./encodings.ts";
import { Response } from "./response.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const DEFAULT = "text/plain;charset=US-ASCII";

/** Percent-decodes (URL standard, section 1.3); the rest of a serialized URL is ASCII. */
function decode(text: string): Uint8Array {
  const given = native.utf8Encode(text);
  if (!text.includes("%")) return given;
  const out = new Uint8Array(given.length);
  let n = 0;
  for (let i = 0; i < given.length; i++) {
    const hex = given[i] === 0x25 ? text.slice(i + 1, i + 3) : "";
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      out[n++] = parseInt(hex, 16);
      i += 2;
    } else out[n++] = given[i]!;
  }
  return out.slice(0, n);
}

/** The type as it is shown, or the default where it is none (MIME sniffing standard, section 4.4). */
function typeOf(given: string): string {
  const [essence = "", ...parameters] = (given.startsWith(";") ? "text/plain" + given : given).split(";");
  const [type, subtype, more] = essence.trim().toLowerCase().split("/");
  if (more !== undefined || !TOKEN.test(type ?? "") || !TOKEN.test(subtype ?? "")) return DEFAULT;
  let shown = `${type}/${subtype}`;
  for (const p of parameters) {
    const [name = "", ...rest] = p.split("=");
    const value = rest.join("=").trim();
    if (TOKEN.test(name.trim()) && value !== "") shown += `;${name.trim().toLowerCase()}=${TOKEN.test(value) ? value : JSON.stringify(value)}`;
  }
  return shown;
}

/** What a data: URL holds (Fetch standard, section 6); undefined where it is none. */
export function fetchData(url: string): Response | undefined {
  const rest = url.slice("data:".length).replace(/#.*$/s, "");
  const comma = rest.indexOf(",");
  if (comma < 0) return undefined;
  let type = rest.slice(0, comma).trim();
  let body = decode(rest.slice(comma + 1));
  const base64 = /; *base64$/i.exec(type);
  if (base64 !== null) {
    type = type.slice(0, base64.index);
    try {
      body = bytesOfBase64(native.utf8Decode(body, 0));
    } catch {
      return undefined;
    }
  }
  return new Response(body, { headers: { "content-type": typeOf(type) } });
}

import { native } from "../native.ts";
import { blobBytes, File } from "./blob.ts";
import { concat } from "./bytes.ts";
import { Content } from "./body/content.ts";
import { FormData } from "./form_data.ts";
import { parseUrlencoded } from "./url/urlencoded.ts";

const MAX_PARTS = 10_000;

function escape(name: string): string {
  return name.replace(/\r\n|\r|\n/g, "%0D%0A").replaceAll('"', "%22");
}

/** HTML standard, section 4.10.21.8. */
export function encodeMultipart(data: FormData): Content {
  const random = randomBytes(18);
  const boundary = "----facetd" + Array.from(random, (b) => (b % 36).toString(36)).join("");
  const parts: Uint8Array[] = [];
  let total = 0;
  const add = (b: Uint8Array) => {
    parts.push(b);
    total += b.length;
  };
  for (const [name, value] of data) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(name)}"`;
    if (typeof value === "string") {
      add(native.utf8Encode(`${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, "\r\n")}\r\n`));
    } else {
      add(native.utf8Encode(`${head}; filename="${escape(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}\r\n\r\n`));
      add(blobBytes(value));
      add(native.utf8Encode("\r\n"));
    }
  }
  add(native.utf8Encode(`--${boundary}--\r\n`));
  return new Content(concat(parts, total), `multipart/form-data; boundary=${boundary}`);
}

function randomBytes(n: number): Uint8Array {
  const b = new Uint8Array(n);
  native.random(b);
  return b;
}

/** What Body.formData() does with a body of this content type. */
export function parseForm(bytes: Uint8Array, type: string | null): FormData {
  const essence = (type ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (essence === "application/x-www-form-urlencoded") {
    const data = new FormData();
    for (const [name, value] of parseUrlencoded(native.utf8Decode(bytes, 0))) data.append(name, value);
    return data;
  }
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type ?? "");
  if (essence !== "multipart/form-data" || boundary === null) {
    throw new TypeError(`Unrecognized Content-Type header value. FormData can only parse the following MIME types: multipart/form-data, application/x-www-form-urlencoded.`);
  }
  return parseMultipart(bytes, boundary[1] ?? boundary[2]!);
}

/** Works on Latin-1 text: one unit per byte, so that indexOf finds boundaries. */
function parseMultipart(bytes: Uint8Array, boundary: string): FormData {
  const data = new FormData();
  const text = latin1(bytes);
  const open = `--${boundary}`;
  let at = text.indexOf(open);
  for (let parts = 0; ; parts++) {
    if (at < 0 || parts > MAX_PARTS) throw malformed();
    at += open.length;
    if (text.startsWith("--", at)) return data;
    const headEnd = text.indexOf("\r\n\r\n", at);
    const end = headEnd < 0 ? -1 : text.indexOf(`\r\n${open}`, headEnd + 2);
    if (end < 0) throw malformed();
    const start = headEnd + 4;
    addPart(data, native.utf8Decode(bytes.subarray(at, headEnd), 0), bytes.subarray(start, Math.max(start, end)));
    at = end + 2;
  }
}

function addPart(data: FormData, head: string, body: Uint8Array): void {
  const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(head)?.[1];
  const name = disposition === undefined ? undefined : parameter(disposition, "name");
  if (disposition === undefined || name === undefined) throw malformed();
  const filename = parameter(disposition, "filename");
  if (filename === undefined) return data.append(name, native.utf8Decode(body, 0));
  const type = /^content-type:\s*(.*?)\s*$/im.exec(head)?.[1] ?? "text/plain";
  data.append(name, new File([body], filename, { type }));
}

function parameter(disposition: string, name: string): string | undefined {
  const m = new RegExp(`(?:^|[;\\s])${name}="([^"]*)"`, "i").exec(disposition);
  return m?.[1]?.replace(/%0D%0A/gi, "\r\n").replace(/%22/g, '"');
}

function latin1(b: Uint8Array): string {
  let out = "";
  for (let i = 0; i < b.length; i += 8192) out += String.fromCharCode(...b.subarray(i, i + 8192));
  return out;
}

function malformed(): TypeError {
  return new TypeError("No closing boundary or malformed part in a multipart/form-data body.");
}

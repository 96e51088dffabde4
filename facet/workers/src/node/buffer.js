// Buffer by feross (the browsers' port of Node.js's), with what it lacks.
import { Buffer, INSPECT_MAX_BYTES, kMaxLength, SlowBuffer } from "buffer/";
import { addBase64url } from "./lib/base64url.js";
import { missing } from "./lib/missing.js";

addBase64url(Buffer);
const { Blob, File, atob, btoa } = globalThis;
const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 536870888 };
const kStringMaxLength = constants.MAX_STRING_LENGTH;
const bytesOf = (v) => (ArrayBuffer.isView(v) ? new Uint8Array(v.buffer, v.byteOffset, v.byteLength) : new Uint8Array(v));
const isAscii = (input) => bytesOf(input).every((b) => b < 128);
function isUtf8(input) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(input));
    return true;
  } catch {
    return false;
  }
}
const transcode = (source, from, to) => Buffer.from(Buffer.from(source).toString(from), to);
const resolveObjectURL = missing("node:buffer", "resolveObjectURL");

export { atob, Blob, btoa, Buffer, constants, File, INSPECT_MAX_BYTES, isAscii, isUtf8, kMaxLength, kStringMaxLength, resolveObjectURL, SlowBuffer, transcode };
export default { atob, Blob, btoa, Buffer, constants, File, INSPECT_MAX_BYTES, isAscii, isUtf8, kMaxLength, kStringMaxLength, resolveObjectURL, SlowBuffer, transcode };

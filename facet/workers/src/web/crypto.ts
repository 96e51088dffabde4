import { native } from "../native.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import { DOMException } from "./dom_exception.ts";

const MAX_RANDOM = 65536;
const hex: string[] = [];
for (let i = 0; i < 256; i++) hex.push((i + 256).toString(16).slice(1));

/** Web Cryptography, section 10, without subtle. */
export class Crypto {
  getRandomValues<T extends ArrayBufferView>(view: T): T {
    refuseInGlobalScope();
    if (!ArrayBuffer.isView(view) || view instanceof DataView || view instanceof Float32Array || view instanceof Float64Array) {
      throw new DOMException("The data argument must be an integer-type typed array.", "TypeMismatchError");
    }
    if (view.byteLength > MAX_RANDOM) {
      throw new DOMException(`getRandomValues() only accepts buffers of size <= 64K but provided ${view.byteLength} bytes.`, "QuotaExceededError");
    }
    if (view.byteLength > 0) native.random(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    return view;
  }

  randomUUID(): string {
    refuseInGlobalScope();
    const b = new Uint8Array(16);
    native.random(b);
    b[6] = (b[6]! & 0x0f) | 0x40;
    b[8] = (b[8]! & 0x3f) | 0x80;
    let s = "";
    for (let i = 0; i < 16; i++) s += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + hex[b[i]!]!;
    return s;
  }

  get [Symbol.toStringTag](): string { return "Crypto"; }
}

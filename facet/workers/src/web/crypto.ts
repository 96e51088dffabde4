import { native } from "../native.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import { DOMException } from "./dom_exception.ts";
import { hexOf } from "./encodings.ts";
import { moreStreams } from "./more_streams.ts";
import { type SubtleCrypto, subtle } from "./subtle/subtle.ts";

const MAX_RANDOM = 65536;

/** Web Cryptography, section 10. */
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
    const s = hexOf(b);
    return `${s.slice(0, 8)}-${s.slice(8, 12)}-${s.slice(12, 16)}-${s.slice(16, 20)}-${s.slice(20)}`;
  }

  /** The peer's. */
  get DigestStream(): unknown { return moreStreams().DigestStream; }
  get subtle(): SubtleCrypto { return subtle; }
  get [Symbol.toStringTag](): string { return "Crypto"; }
}

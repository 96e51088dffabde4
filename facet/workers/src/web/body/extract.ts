import { bytesOf } from "../bytes.ts";
import { isReadableStream } from "../streams.ts";
import { isURLSearchParams } from "../url/search_params.ts";
import { blobContent, isBlob } from "../blob.ts";
import { encodeMultipart } from "../multipart.ts";
import { isFormData } from "../form_data.ts";
import { Content } from "./content.ts";

export const TEXT_TYPE = "text/plain;charset=UTF-8";

/** Fetch standard, section 5.2: what a constructor takes as body. */
export function extract(init: unknown): Content | null {
  if (typeof init === "string") return new Content(init, TEXT_TYPE);
  if (init === null || init === undefined) return null;
  if (typeof init === "object") {
    const bytes = bytesOf(init);
    if (bytes !== undefined) return new Content(bytes.slice(), null);
    if (isReadableStream(init)) {
      if (init.locked) throw new TypeError("This ReadableStream is currently locked to a reader.");
      return new Content(init, null);
    }
    if (isURLSearchParams(init)) return new Content(init.toString(), "application/x-www-form-urlencoded;charset=UTF-8");
    if (isBlob(init)) return blobContent(init);
    if (isFormData(init)) return encodeMultipart(init);
  }
  return new Content(String(init), TEXT_TYPE);
}

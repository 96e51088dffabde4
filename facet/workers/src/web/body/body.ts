import { blobFrom, type Blob } from "../blob.ts";
import type { FormData } from "../form_data.ts";
import { parseForm } from "../multipart.ts";
import type { AnyStream } from "../streams.ts";
import { type Content, readBytes, readText } from "./content.ts";

/** Keys of what a subclass tells Body; not visible to applications by name. */
export const CONTENT = Symbol("content");
export const CONTENT_TYPE = Symbol("content type");

/** What Request and Response have in common (Fetch standard, section 5.3). */
export abstract class Body {
  abstract [CONTENT](): Content | null;
  abstract [CONTENT_TYPE](): string | null;

  get body(): AnyStream | null {
    return this[CONTENT]()?.stream() ?? null;
  }
  get bodyUsed(): boolean {
    return this[CONTENT]()?.used ?? false;
  }
  async text(): Promise<string> {
    return readText(this[CONTENT]());
  }
  async json(): Promise<unknown> {
    return JSON.parse(await readText(this[CONTENT]())) as unknown;
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await readBytes(this[CONTENT]());
    return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
  }
  async bytes(): Promise<Uint8Array> {
    return readBytes(this[CONTENT]());
  }
  async blob(): Promise<Blob> {
    return blobFrom(await readBytes(this[CONTENT]()), (this[CONTENT_TYPE]() ?? "").toLowerCase());
  }
  async formData(): Promise<FormData> {
    const type = this[CONTENT_TYPE]();
    return parseForm(await readBytes(this[CONTENT]()), type);
  }
}

import { refuseToClone } from "../codec/classify.ts";

/** A stream has no structured clone. */
export function onStreamsLoaded(library: Record<string, { prototype: object }>): void {
  refuseToClone(library.ReadableStream!, library.WritableStream!, library.TransformStream!);
}

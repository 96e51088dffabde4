/**
 * The streams standard comes from a library of 65 kB, evaluated at first use:
 * bodies that are never looked at as streams don't pay for it.
 */
import source from "lazy:streams";
import type * as Library from "web-streams-polyfill";
import { REFUSAL, refuseToClone } from "../codec/classify.ts";
import { evaluateLibrary } from "../lazy/evaluate.ts";

let loaded: typeof Library | undefined;

export function streams(): typeof Library {
  if (loaded === undefined) {
    loaded = evaluateLibrary<typeof Library>(source, "facetd:streams");
    refuseToClone(loaded.ReadableStream, loaded.WritableStream, loaded.TransformStream);
    for (const c of [loaded.ReadableStream, loaded.WritableStream]) Object.defineProperty(c.prototype, REFUSAL, { value: `${c.name} can only be serialized for RPC.` });
  }
  return loaded;
}

export const streamNames = [
  "ReadableStream", "ReadableStreamDefaultController", "ReadableByteStreamController", "ReadableStreamBYOBRequest",
  "ReadableStreamDefaultReader", "ReadableStreamBYOBReader", "WritableStream", "WritableStreamDefaultController",
  "WritableStreamDefaultWriter", "ByteLengthQueuingStrategy", "CountQueuingStrategy", "TransformStream", "TransformStreamDefaultController",
] as const;

export type AnyStream = Library.ReadableStream<unknown>;

export function isReadableStream(v: unknown): v is AnyStream {
  // Nobody can have one before the library was loaded.
  return loaded !== undefined && v instanceof loaded.ReadableStream;
}

export type AnyWritable = Library.WritableStream<unknown>;

export function isWritableStream(v: unknown): v is AnyWritable {
  return loaded !== undefined && v instanceof loaded.WritableStream;
}

/** Whether anything was ever read from or cancelled on the stream; the library keeps that in a private field. */
export function isDisturbed(s: AnyStream): boolean {
  return (s as unknown as { _disturbed: boolean })._disturbed;
}

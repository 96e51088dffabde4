import { native } from "../native.ts";
import { encode } from "../codec/values.ts";
import { base64Of } from "../web/encodings.ts";
import { NOT_TRANSFERABLE, propsOf } from "./class_handle.ts";
import type { StubChannel } from "./fetcher.ts";
import type { WorkerRef } from "./worker_ref.ts";

/** The channel to an entrypoint of the own worker, or of one in a loader. */
export function entrypointChannel(worker: WorkerRef | undefined, name: string, options: unknown): StubChannel {
  const props = propsOf(options);
  const entrypoint: Record<string, unknown> = { name };
  const outbound = worker !== undefined ? undefined : { entrypoint: props === undefined ? { name } : { name, props } };
  if (props !== undefined) {
    const encoded = encode(props);
    entrypoint.props = base64Of(typeof encoded === "string" ? native.utf8Encode(encoded) : encoded);
  }
  return {
    refusal: worker === undefined ? "Stubs of entrypoints cannot be passed on yet." : NOT_TRANSFERABLE,
    outbound,
    target: (call) => ({ entrypoint: worker === undefined ? entrypoint : { ...entrypoint, ...worker.describe(call) } }),
  };
}

/** The name of an export as a caller gives it (fact L13). */
export function exportName(name: unknown): string {
  return name === undefined || name === null ? "default" : `${name as string}`;
}

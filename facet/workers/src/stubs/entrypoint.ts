import { cloneError } from "../codec/limits.ts";
import { NOT_TRANSFERABLE, propsOf } from "./class_handle.ts";
import type { StubChannel } from "./fetcher.ts";
import { entrypointTarget } from "./target.ts";
import type { WorkerRef } from "./worker_ref.ts";

/** The channel to an entrypoint of the own worker, or of one in a loader. */
export function entrypointChannel(worker: WorkerRef | undefined, name: string, options: unknown, limits?: object): StubChannel {
  const props = propsOf(options);
  const entrypoint = limits === undefined ? entrypointTarget(name, props) : { ...entrypointTarget(name, props), limits };
  return {
    reference() {
      if (worker !== undefined) throw cloneError(NOT_TRANSFERABLE);
      return () => ({ target: { entrypoint } });
    },
    // What the props refer to lasts as long as the channel.
    kept: props,
    callee: worker?.callee,
    target: (call) => JSON.stringify({ entrypoint: worker === undefined ? entrypoint : { ...entrypoint, ...worker.describe(call) } }),
  };
}

/** The name of an export as a caller gives it (fact L13). */
export function exportName(name: unknown): string {
  return name === undefined || name === null ? "default" : `${name as string}`;
}

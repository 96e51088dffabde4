import { native } from "../native.ts";
import { pack } from "../refs/parcel.ts";
import { base64Of } from "../web/encodings.ts";

/** An entrypoint or class of the own worker, as an encoded target has it; props were copied before. */
export function entrypointTarget(name: string, props: unknown): Record<string, unknown> {
  if (props === undefined) return { name };
  const parcel = pack(props, false);
  const { encoded } = parcel;
  const text = base64Of(typeof encoded === "string" ? native.utf8Encode(encoded) : encoded);
  const refs = parcel.wire();
  return refs === undefined ? { name, props: text } : { name, props: text, refs };
}

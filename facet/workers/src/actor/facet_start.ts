import { classOf, describeClass } from "../stubs/class_handle.ts";
import type { HostCall } from "../host/call.ts";
import { isId } from "./id.ts";

const CLASS = "DurableObjectClass or LoopbackDurableObjectNamespace or LoopbackColoLocalActorNamespace";

/** Makes the answer of a facet's callback (docs/projects.md) of what the application's gave. */
export function describeStart(options: unknown, call: HostCall): object {
  // Fact F29, without the peer's internal name.
  if (options === undefined || options === null) throw new TypeError("Cannot initialize StartupOptions with required members from an undefined or null value.");
  if (typeof options !== "object" && typeof options !== "function") throw new TypeError("Incorrect type for Promise: the Promise did not resolve to 'StartupOptions'.");
  const { class: c, id } = options as { class?: unknown; id?: unknown };
  const ref = classOf(c);
  // Fact F30.
  if (ref === undefined) throw new TypeError(`Incorrect type for the 'class' field on 'StartupOptions': the provided value is not of type '${CLASS}'.`);
  const out: Record<string, unknown> = { class: describeClass(c, ref, call) };
  if (id !== undefined) out.id = describeId(id);
  return out;
}

/** Facts F35 to F37. */
function describeId(id: unknown): unknown {
  if (!isId(id)) return `${id as string}`;
  const { name } = id;
  return name === undefined ? { id: id.toString() } : { id: id.toString(), name };
}

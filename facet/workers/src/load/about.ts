import { type DurableObjectId, newId } from "../actor/id.ts";
import type { Resumed } from "../websocket/hibernation.ts";
import { arrivalsOf, Delivery } from "../refs/arrivals.ts";
import type { WireRef } from "../refs/details.ts";

/** What a Load message says beside code and class. */
export interface About {
  readonly id: DurableObjectId | string;
  readonly props: unknown;
  readonly env: Record<string, unknown>;
  readonly grants: Grants;
  /** How many calls of others one call may make; undefined: any number. */
  readonly subRequests: number | undefined;
  /** How many calls of its own the instance may have open; undefined: as many as anybody. */
  readonly openCalls: number | undefined;
  readonly compatibilityDate: string;
  readonly sockets: readonly Resumed[];
  readonly autoResponse: readonly [string, string] | undefined;
}

export interface Binding {
  readonly name: string;
  /** In base64. */
  readonly key: string;
}

/** What the supervisor lets the instance see (facet.proto, Grants). */
export interface Grants {
  readonly facets?: boolean;
  readonly depth?: number;
  readonly alarms?: boolean;
  readonly tails?: boolean;
  readonly namespaces?: readonly Binding[] | null;
  readonly loaders?: readonly string[] | null;
  readonly exports?: readonly Binding[] | null;
  /** Global fetch(). */
  readonly outbound?: boolean;
}

interface Json {
  id: string;
  name: string;
  hasName: boolean;
  plain: boolean;
  grants: Grants | null;
  subRequests: number;
  openCalls: number;
  propsRefs?: readonly WireRef[];
  envRefs?: readonly WireRef[];
  compatibilityDate: string;
  sockets: Resumed[] | null;
  autoResponse: [string, string] | null;
}

/** Reads s3 and body of Load: the body is a length of four little-endian bytes, that many of props, env. */
export function parseAbout(json: string | undefined, body: Uint8Array | undefined): About {
  const o = JSON.parse(json === undefined || json === "" ? "{}" : json) as Partial<Json>;
  let props: unknown = {};
  let env: unknown = {};
  if (body !== undefined && body.byteLength >= 4) {
    const first = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
    const propBytes = body.subarray(4, 4 + first);
    const envBytes = body.subarray(4 + first);
    if (propBytes.length > 0) props = new Delivery(propBytes, arrivalsOf(o.propsRefs)).value();
    if (envBytes.length > 0) env = new Delivery(envBytes, arrivalsOf(o.envRefs)).value();
  }
  const id = o.id ?? "";
  return {
    id: o.plain === true ? id : newId(id, o.hasName === true ? (o.name ?? "") : undefined),
    props,
    env: typeof env === "object" && env !== null ? (env as Record<string, unknown>) : {},
    grants: o.grants ?? {},
    subRequests: o.subRequests,
    openCalls: o.openCalls,
    compatibilityDate: o.compatibilityDate ?? "",
    sockets: o.sockets ?? [],
    autoResponse: o.autoResponse ?? undefined,
  };
}

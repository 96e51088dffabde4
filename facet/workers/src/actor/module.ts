import { native } from "../native.ts";
import { waitUntil } from "../calls/wait_until.ts";
import { ServiceStub } from "../stubs/fetcher.ts";
import { RpcPromise, RpcProperty } from "../stubs/property.ts";
import { RpcStub } from "../stubs/rpc_stub.ts";
import { compileWasm } from "../web/no_wasm.ts";
import { DurableObject, RpcTarget, WorkerEntrypoint } from "./classes.ts";

/** env and exports of the module and of ctx are the same objects; load fills them. */
export const env: Record<string, unknown> = {};
export const exported: Record<string, unknown> = {};

/** import … from "cloudflare:workers" */
const workersModule = { DurableObject, WorkerEntrypoint, RpcTarget, RpcStub, RpcPromise, RpcProperty, ServiceStub, env, exports: exported, waitUntil };

/** What the modules of Node.js (src/node) need of the engine. */
const nodeModule = {
  digest: native.digest,
  hmac: native.hmac,
  asyncGenerator: Object.getPrototypeOf(async function* () {}) as object,
};

/** Gives the bundled script the modules of the runtime. */
export function runtimeModule(name: unknown): object {
  if (name === "cloudflare:workers") return workersModule;
  if (name === "facetd:node") return nodeModule;
  if (name === "facetd:wasm") return { compile: compileWasm };
  throw new Error(`No such module "${String(name)}".`);
}

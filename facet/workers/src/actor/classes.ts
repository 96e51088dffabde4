import { REFUSAL, refuseToClone } from "../codec/classify.ts";

/** The classes of "cloudflare:workers" that applications extend. */
export class DurableObject {
  readonly ctx: unknown;
  readonly env: unknown;
  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx;
    this.env = env;
  }
}

export class WorkerEntrypoint {
  readonly ctx: unknown;
  readonly env: unknown;
  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx;
    this.env = env;
  }
}

export class RpcTarget {
  /** Of a clone that goes nowhere else. */
  get [REFUSAL](): string { return "Remote RPC references can only be serialized for RPC."; }
}

refuseToClone(DurableObject, WorkerEntrypoint, RpcTarget);

export type Class = abstract new (ctx: unknown, env: unknown) => object;

export function isClass(v: unknown): v is Class {
  return typeof v === "function" && typeof v.prototype === "object" && v.prototype !== null;
}

export function isDurableObjectClass(v: unknown): boolean {
  return isClass(v) && v.prototype instanceof DurableObject;
}

/** A class that extends WorkerEntrypoint, or an object with handlers. */
export function isEntrypoint(v: unknown): boolean {
  if (isClass(v)) return v.prototype instanceof WorkerEntrypoint;
  if (typeof v !== "object" || v === null) return false;
  return ["fetch", "scheduled", "queue", "alarm", "tail", "email", "connect"].some((name) => typeof (v as Record<string, unknown>)[name] === "function");
}

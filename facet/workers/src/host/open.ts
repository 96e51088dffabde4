import type { HostCall } from "./call.ts";

/** Calls that the supervisor knows of, by their ids. */
export const open = new Map<number, HostCall>();

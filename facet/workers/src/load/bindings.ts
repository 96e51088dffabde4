import { newLoader } from "../stubs/loader.ts";
import { newNamespace } from "../stubs/namespace.ts";
import type { Grants } from "./about.ts";

/** Puts what is no value on env. */
export function bind(env: Record<string, unknown>, grants: Grants): void {
  for (const { name, key } of grants.namespaces ?? []) env[name] = newNamespace(name, key);
  for (const name of grants.loaders ?? []) env[name] = newLoader(name);
}

import { refuseInGlobalScope } from "../loop/current.ts";

const NO_INTERNET =
  "This worker is not permitted to access the internet via global functions like fetch(). It must use capabilities (such as bindings in 'env') to talk to the outside world.";

/** A facet has no network (fact L34). */
export async function fetch(_input: unknown, _init?: unknown): Promise<never> {
  refuseInGlobalScope();
  throw new Error(NO_INTERNET);
}

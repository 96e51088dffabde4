import { callFetch } from "../host/fetch.ts";
import type { Channel } from "../host/channel.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import type { Response } from "./response.ts";

/** Text of fact L34. */
export const NO_INTERNET =
  "This worker is not permitted to access the internet via global functions like fetch(). It must use capabilities (such as bindings in 'env') to talk to the outside world.";

/** Where global fetch() goes. */
export const outbound: Channel = { outside: true, target: () => '{"outbound":{}}' };
let granted = false;

/** What the supervisor lets the instance do; it checks each request. */
export function grantOutbound(yes: boolean): void {
  granted = yes;
}

/** Global fetch() (facts L34, L35). */
export async function fetch(input: unknown, init?: unknown): Promise<Response> {
  refuseInGlobalScope();
  if (!granted) throw new Error(NO_INTERNET);
  return callFetch(outbound, input, init);
}

import { callFetch } from "../host/fetch.ts";
import type { Channel } from "../host/channel.ts";
import { refuseInGlobalScope } from "../loop/current.ts";
import { fetchData } from "./data_url.ts";
import { Request, type RequestInit } from "./request.ts";
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

/** Nobody needs leave for what the URL itself holds. */
function data(request: Request): Response {
  const response = fetchData(request.url);
  if (response === undefined) throw new TypeError("Fetch API cannot load: " + request.url.slice(0, 200));
  return response;
}

/** Global fetch() (facts L34, L35). */
export async function fetch(input: unknown, init?: unknown): Promise<Response> {
  refuseInGlobalScope();
  const url = typeof input === "string" ? input : String((input as { url?: unknown } | null)?.url ?? input);
  if (/^\s*data:/i.test(url)) return data(new Request(input, init as RequestInit | undefined));
  if (!granted) throw new Error(NO_INTERNET);
  return callFetch(outbound, input, init);
}

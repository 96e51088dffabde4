import { In } from "../messages.ts";
import { arrivalsOf } from "../refs/arrivals.ts";
import { parseDetails } from "../refs/details.ts";
import { type HostCall, hostCall } from "./call.ts";
import { errorOf } from "./error.ts";

/** A message for a call that the runtime opened; one that has ended here is none. */
export function receive(kind: In, id: number, a: number, s1: string, s2: string, s3: string, body: Uint8Array | undefined): void {
  const call = hostCall(id);
  if (call === undefined) return unwanted(kind, s2);
  // What nearly always is the case needs no closure.
  if (call.enter()) hand(call, kind, a, s1, s2, s3, body);
  else call.hold(() => hand(call, kind, a, s1, s2, s3, body));
}

function hand(call: HostCall, kind: In, a: number, s1: string, s2: string, s3: string, body: Uint8Array | undefined): void {
  if (call.ended) return unwanted(kind, s2);
  switch (kind) {
    case In.HostResponse:
      return call.onResponse(a, s1, s3, body);
    case In.HostResult:
      return call.onResult(s2, body);
    case In.HostError: {
      const e = errorOf(a, s1, s2);
      if ("durableObjectReset" in e) call.channel.onReset?.(e);
      return call.fail(e);
    }
    case In.Chunk:
      return call.onChunk(body, a === 1);
    case In.Credit:
      return call.onCredit(a);
  }
}

/** What came along with an answer that nobody wants is dropped. */
function unwanted(kind: In, details: string): void {
  if (kind === In.HostResult && details !== "") arrivalsOf(parseDetails(details).refs)?.dispose();
}

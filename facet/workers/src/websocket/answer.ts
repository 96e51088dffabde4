import { Out } from "../messages.ts";
import { native } from "../native.ts";
import { End, Mode } from "./end.ts";
import { Wire } from "./wire.ts";

/** Status of a response with a WebSocket. */
export const SWITCHING = 101;

/** Why an end cannot go with a response; undefined where it can. */
export function unfit(end: End): TypeError | undefined {
  if (end.mode !== Mode.Unaccepted) return new TypeError("Can't return WebSocket in a Response after calling accept().");
  if (end.used || (end.wire === undefined ? end.other === undefined : end.wire.id % 2 === 1)) {
    return new TypeError("Can't return WebSocket that was already used in a response.");
  }
  return undefined;
}

/** Answers a call with an end that is fit. */
export function answerWithSocket(call: number, statusText: string, flat: string, end: End): void {
  end.used = true;
  if (end.wire !== undefined) { // the supervisor joins the ends
    native.post(Out.Response, call, SWITCHING, statusText, flat, String(end.wire.id));
    end.wire = undefined;
    return;
  }
  native.post(Out.Response, call, SWITCHING, statusText, flat);
  const other = end.other!;
  end.other = other.other = undefined;
  const wire = (other.wire = new Wire(call, other));
  wire.open();
  wire.state(false);
  for (const said of end.takeWaiting()) wire.send(said);
}

/** Nobody wants the response: the other end of its socket hears so. */
export function dropSocket(end: End): void {
  end.other?.arrive({ lost: "" }, () => undefined, true);
}

/** The end that a call of ours was answered with. */
export function answeredSocket(call: number): End {
  const end = new End();
  end.wire = new Wire(call, end);
  end.wire.offer();
  return end;
}

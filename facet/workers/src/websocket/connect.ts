import { startTimer } from "../loop/timers.ts";
import { DOMException } from "../web/dom_exception.ts";
import { Event } from "../web/events/event.ts";
import type { EventTarget } from "../web/events/event_target.ts";
import { fetch } from "../web/fetch.ts";
import { type Response, responseState } from "../web/response.ts";
import { parseURL, serializeURL } from "../web/url/parse.ts";
import type { End } from "./end.ts";
import { CloseEvent, ErrorEvent } from "./events.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function wrong(what: string): DOMException {
  return new DOMException(`WebSocket Constructor: ${what}`, "SyntaxError");
}

/** new WebSocket(url, protocols): asks for the connection and returns the URL. */
export function connect(target: EventTarget, end: End, text: string, protocols: unknown, opened: (protocol: string) => void): string {
  const url = parseURL(text);
  if (url === null) throw wrong("The url is invalid.");
  if (url.scheme !== "ws" && url.scheme !== "wss") throw wrong("The url scheme must be ws or wss.");
  if (url.fragment !== null) throw wrong("The url fragment must be empty.");
  const list = protocols === undefined ? [] : Array.isArray(protocols) ? protocols.map(String) : [String(protocols)];
  if (new Set(list.map((p) => p.toLowerCase())).size < list.length) throw wrong("The protocols header cannot have repeating values.");
  if (!list.every((p) => TOKEN.test(p))) throw wrong(Array.isArray(protocols) ? "One of the protocol header tokens is invalid." : "The protocol header token is invalid.");
  const full = serializeURL(url);
  const headers: Record<string, string> = { upgrade: "websocket" };
  if (list.length > 0) headers["sec-websocket-protocol"] = list.join(", ");
  (fetch(full.replace(/^ws/, "http"), { headers }) as Promise<Response>).then(
    (r) => {
      const answer = responseState(r).socket;
      if (answer?.wire === undefined) throw new Error(`Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 (switching protocols), but received ${r.status} instead.`);
      end.connecting = false;
      end.wire = answer.wire.moveTo(end);
      opened(r.headers.get("sec-websocket-protocol") ?? "");
      end.wire.open();
      end.wire.state(true);
      target.dispatchEvent(new Event("open"));
    },
  ).catch((e: unknown) => startTimer(0, () => {
    end.connecting = false;
    end.lost = true;
    target.dispatchEvent(new ErrorEvent("error", { message: `Uncaught ${String(e)}`, error: e }));
    target.dispatchEvent(new CloseEvent("close", { code: 1006, reason: "Failed to establish websocket connection", wasClean: false }));
  }));
  return full;
}

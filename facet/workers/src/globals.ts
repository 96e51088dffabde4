import { Cache, caches, CacheStorage } from "./web/caches.ts";
import { console } from "./console/console.ts";
import { refuseToClone } from "./codec/classify.ts";
import { reportError } from "./calls/report.ts";
import { atob, btoa } from "./web/base64.ts";
import { Blob, File } from "./web/blob.ts";
import { Crypto } from "./web/crypto.ts";
import { DOMException } from "./web/dom_exception.ts";
import { AbortController, AbortSignal } from "./web/events/abort.ts";
import { CustomEvent, Event } from "./web/events/event.ts";
import { EventTarget } from "./web/events/event_target.ts";
import { fetch } from "./web/fetch.ts";
import { FormData } from "./web/form_data.ts";
import { Headers } from "./web/headers.ts";
import { HTMLRewriter } from "./web/html_rewriter.ts";
import { moreStreamNames, moreStreams } from "./web/more_streams.ts";
import { Navigator, Performance } from "./web/performance.ts";
import { Request } from "./web/request.ts";
import { Response } from "./web/response.ts";
import { scheduler } from "./web/scheduler.ts";
import { streamNames, streams } from "./web/streams.ts";
import { CryptoKey } from "./web/subtle/key.ts";
import { SubtleCrypto } from "./web/subtle/subtle.ts";
import { structuredClone } from "./web/structured_clone.ts";
import { TextDecoder } from "./web/text_decoder.ts";
import { TextEncoder } from "./web/text_encoder.ts";
import { TextDecoderStream, TextEncoderStream } from "./web/text_streams.ts";
import { clearInterval, clearTimeout, queueMicrotask, setInterval, setTimeout } from "./web/timers.ts";
import { disableWasmCompilation } from "./web/no_wasm.ts";
import { URLSearchParams } from "./web/url/search_params.ts";
import { urlPattern } from "./web/url/pattern.ts";
import { URL } from "./web/url/url.ts";
import { CloseEvent, ErrorEvent, MessageEvent } from "./websocket/events.ts";
import { WebSocketRequestResponsePair } from "./websocket/hibernation.ts";
import { WebSocketPair } from "./websocket/pair.ts";
import { WebSocket } from "./websocket/websocket.ts";

/** Puts the Web APIs on the global object, not enumerable as in a browser. */
export function installGlobals(): void {
  const global = globalThis as unknown as Record<string, unknown>;
  const values: Record<string, unknown> = {
    AbortController, AbortSignal, atob, Blob, btoa, Cache, caches, CacheStorage, clearInterval, clearTimeout, console, Crypto, crypto: new Crypto(), CryptoKey, CustomEvent, DOMException,
    Event, EventTarget, fetch, File, FormData, Headers, HTMLRewriter, navigator: new Navigator(), performance: new Performance(), Performance,
    queueMicrotask, reportError: (e: unknown) => reportError(e), Request, Response, scheduler, self: globalThis, setInterval, setTimeout,
    structuredClone, SubtleCrypto, TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream, URL, URLSearchParams,
    CloseEvent, ErrorEvent, MessageEvent, WebSocket, WebSocketPair, WebSocketRequestResponsePair,
  };
  for (const name of Object.keys(values)) {
    // The bundler renames some classes.
    if (typeof values[name] === "function") Object.defineProperty(values[name], "name", { value: name, configurable: true });
    Object.defineProperty(global, name, { value: values[name], writable: true, configurable: true });
  }
  for (const name of streamNames) lazy(global, name, () => streams()[name]);
  for (const name of moreStreamNames) lazy(global, name, () => moreStreams()[name]);
  lazy(global, "URLPattern", urlPattern);
  refuseToClone(
    AbortController, Blob, Crypto, DOMException, Event, EventTarget, FormData, Headers, Navigator, Performance, Request, Response,
    TextDecoder, TextEncoder, URL, URLSearchParams,
  );
  disableWasmCompilation(global);
}

/** A property that is computed when somebody looks. */
function lazy(o: object, name: string, make: () => unknown): void {
  const settle = (value: unknown) => Object.defineProperty(o, name, { value, writable: true, configurable: true });
  Object.defineProperty(o, name, {
    configurable: true,
    get() {
      const value = make();
      settle(value);
      return value;
    },
    set: settle,
  });
}

import { reportError } from "../../calls/report.ts";
import { dispatchOf, type Event, isEvent } from "./event.ts";
import { onAbort } from "./abort_hook.ts";

type Callback = ((e: Event) => unknown) | { handleEvent(e: Event): unknown };

interface Listener {
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  removed: boolean;
}

interface Options {
  capture?: unknown;
  once?: unknown;
  passive?: unknown;
  signal?: unknown;
}

/** DOM standard, section 2.7, without a tree. */
export class EventTarget {
  #listeners: Map<string, Listener[]> | undefined;

  addEventListener(type: string, callback: Callback | null, options: Options | boolean = {}): void {
    const o: Options = typeof options === "object" && options !== null ? options : { capture: options };
    if (o.signal !== undefined) onAbort(o.signal, () => this.removeEventListener(type, callback, o));
    if (callback === null || callback === undefined) return;
    if (typeof callback !== "function" && typeof callback !== "object") {
      throw new TypeError("Failed to execute 'addEventListener' on 'EventTarget': parameter 2 is not of type 'EventListener'.");
    }
    const key = String(type);
    const capture = Boolean(o.capture);
    const listeners = (this.#listeners ??= new Map());
    const list: Listener[] = listeners.get(key) ?? [];
    if (list.some((l) => l.callback === callback && l.capture === capture)) return;
    // Copied, because a dispatch may be walking the old list.
    listeners.set(key, [...list, { callback, capture, once: Boolean(o.once), passive: Boolean(o.passive), removed: false }]);
  }

  removeEventListener(type: string, callback: Callback | null, options: Options | boolean = {}): void {
    const capture = Boolean(typeof options === "object" && options !== null ? options.capture : options);
    const key = String(type);
    const list = this.#listeners?.get(key);
    const found = list?.find((l) => l.callback === callback && l.capture === capture);
    if (list === undefined || found === undefined) return;
    found.removed = true;
    this.#listeners!.set(key, list.filter((l) => l !== found));
  }

  dispatchEvent(event: Event): boolean {
    if (!isEvent(event)) throw new TypeError("Failed to execute 'dispatchEvent' on 'EventTarget': parameter 1 is not of type 'Event'.");
    const d = dispatchOf(event);
    d.begin(this);
    for (const l of this.#listeners?.get(event.type) ?? []) {
      if (l.removed) continue;
      if (l.once) this.removeEventListener(event.type, l.callback, l.capture);
      d.passive = l.passive;
      try {
        if (typeof l.callback === "function") l.callback.call(this, event);
        else l.callback.handleEvent(event);
      } catch (e) {
        reportError(e);
      }
      if (d.stopped) break;
    }
    d.end();
    return !event.defaultPrevented;
  }

  get [Symbol.toStringTag](): string { return "EventTarget"; }
}

import { refuseInGlobalScope } from "../loop/current.ts";
import { cancelTimer, restartTimer, startTimer, type Timer } from "../loop/timers.ts";
import { reportError } from "../calls/report.ts";
import { DOMException } from "./dom_exception.ts";

/** As on the peer (fact P3). */
const MAX_ACTIVE = 10_000;
const MAX_DELAY = 2 ** 31 - 1;

const active = new Map<number, Timer>();
let lastId = 0;

type Callback = (...args: unknown[]) => unknown;

function start(name: string, callback: Callback, delay: unknown, args: unknown[], repeat: boolean): number {
  if (typeof callback !== "function") {
    throw new TypeError(`Failed to execute '${name}' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'.`);
  }
  refuseInGlobalScope();
  if (active.size >= MAX_ACTIVE) {
    throw new DOMException("You have exceeded the number of active timeouts you may set.", "QuotaExceededError");
  }
  const id = ++lastId;
  const ms = Math.min(Math.max(Number(delay) || 0, 0), MAX_DELAY);
  const fire = () => {
    const timer = active.get(id)!;
    if (repeat) active.set(id, restartTimer(timer, ms, fire));
    else active.delete(id);
    try {
      callback(...args);
    } catch (e) {
      reportError(e);
    }
  };
  active.set(id, startTimer(ms, fire));
  return id;
}

export function setTimeout(callback: Callback, delay?: unknown, ...args: unknown[]): number {
  return start("setTimeout", callback, delay, args, false);
}

export function setInterval(callback: Callback, delay?: unknown, ...args: unknown[]): number {
  return start("setInterval", callback, delay, args, true);
}

export function clearTimeout(id?: unknown): void {
  const key = Number(id);
  const timer = active.get(key);
  if (timer === undefined) return;
  active.delete(key);
  cancelTimer(timer);
}

export function clearInterval(id?: unknown): void {
  clearTimeout(id);
}

export function queueMicrotask(callback: () => unknown): void {
  if (typeof callback !== "function") {
    throw new TypeError("Failed to execute 'queueMicrotask' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'.");
  }
  Promise.resolve().then(() => {
    try {
      callback();
    } catch (e) {
      reportError(e);
    }
  });
}

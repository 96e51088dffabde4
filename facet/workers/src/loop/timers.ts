import { native } from "../native.ts";
import * as gate from "./gate.ts";
import { continueAs, currentCall } from "./current.ts";

/** A timer in the heap. Cancelled ones stay until they come up or are swept. */
export interface Timer {
  due: number;
  readonly seq: number;
  readonly call: number;
  readonly level: number;
  callback: (() => void) | undefined;
}

const heap: Timer[] = [];
let seq = 0;
let cancelled = 0;
/** When the engine will send a Timer message, or Infinity. */
let armed = Infinity;

gate.onWake(() => arm(0));

function arm(due: number): void {
  if (due >= armed) return;
  armed = due;
  native.armTimer(due === 0 ? 0 : Math.max(0, due - native.now()));
}

/**
 * Runs the callback in a turn of its own in `ms` milliseconds. A system timer
 * passes every gate.
 */
export function startTimer(ms: number, callback: () => void, system = false): Timer {
  const t: Timer = { due: native.now() + ms, seq: seq++, call: currentCall, level: system ? Infinity : gate.level(), callback };
  push(t);
  arm(t.due);
  return t;
}

export function restartTimer(t: Timer, ms: number, callback: () => void): Timer {
  const again: Timer = { due: native.now() + ms, seq: seq++, call: t.call, level: t.level === Infinity ? Infinity : gate.level(), callback };
  push(again);
  arm(again.due);
  return again;
}

export function cancelTimer(t: Timer): void {
  if (t.callback === undefined) return;
  t.callback = undefined;
  if (++cancelled > 64 && cancelled > heap.length / 2) sweep();
}

function sweep(): void {
  const live = heap.filter((t) => t.callback !== undefined);
  heap.length = 0;
  for (const t of live) push(t);
  cancelled = 0;
}

/** One turn: a waiting event or one timer that is due, then asks for the next. */
export function onTimer(): void {
  armed = Infinity;
  const e = gate.nextWaiting() ?? nextDue();
  // Asked for before it runs: the callback may be ended by the watchdog.
  if (gate.anyWaiting()) arm(0);
  else if (heap.length > 0) arm(heap[0]!.due);
  if (e === undefined) return;
  continueAs(e.call);
  e.run();
}

function nextDue(): gate.Event | undefined {
  const now = native.now();
  while (heap.length > 0 && heap[0]!.due <= now) {
    const t = pop();
    if (t.callback === undefined) {
      cancelled--;
      continue;
    }
    const e: gate.Event = { call: t.call, level: t.level, run: () => fire(t) };
    if (t.level >= gate.level()) return e;
    gate.hold(e);
  }
  return undefined;
}

function fire(t: Timer): void {
  const { callback } = t;
  t.callback = undefined;
  callback?.();
}

function before(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.seq < b.seq);
}

function push(t: Timer): void {
  let i = heap.push(t) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(t, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = t;
}

function pop(): Timer {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return top;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
  return top;
}

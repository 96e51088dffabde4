/**
 * The input gate of blockConcurrencyWhile(): while a critical section is open,
 * only events that it caused are delivered. There is no tracking of asynchronous
 * contexts; none is needed, because what runs while a section is open belongs to
 * the section: everything else waits.
 */
export interface Event {
  readonly call: number;
  /** How many sections were open when the event was caused. */
  readonly level: number;
  /** Set for what came over the wire: such events of one call stay in order. */
  readonly input?: true;
  run(): void;
}

const waiting: Event[] = [];
const owners: number[] = [];
const openers: Array<() => void> = [];
let wake: () => void = () => undefined;

/** onWake sets what asks for a turn when waiting events may run. */
export function onWake(f: () => void): void {
  wake = f;
}

/** How many sections are open: the level of an event caused now. */
export function level(): number {
  return owners.length;
}

/** Whether nothing is blocked and nothing waits. */
export function idle(): boolean {
  return owners.length === 0 && waiting.length === 0;
}

function admits(e: Event): boolean {
  return e.level >= owners.length;
}

/** Whether an event of that level may run in this turn, behind no other that waits for its own. */
export function admitsNow(level: number): boolean {
  return level >= owners.length && waiting.length === 0;
}

/** Runs the event now, or in a turn of its own once it is admitted. */
export function deliver(e: Event): void {
  if (admitsNow(e.level)) e.run();
  else hold(e);
}

export function hold(e: Event): void {
  waiting.push(e);
  if (admits(e)) wake();
}

/** Whether further input for a call in progress may be delivered. */
export function admitsInput(call: number): boolean {
  return owners.length === 0 || owners.includes(call);
}

/** Takes the first waiting event that is admitted. */
export function nextWaiting(): Event | undefined {
  const i = waiting.findIndex(admits);
  return i < 0 ? undefined : waiting.splice(i, 1)[0];
}

/** Whether input of the call waits: later input must not overtake it. */
export function isWaiting(call: number): boolean {
  return waiting.length > 0 && waiting.some((e) => e.input === true && e.call === call);
}

export function anyWaiting(): boolean {
  return waiting.some(admits);
}

/** Opens a section; the function closes it, once. */
export function openSection(call: number): () => void {
  owners.push(call);
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    owners.splice(owners.indexOf(call), 1);
    if (owners.length === 0) for (const f of openers.splice(0)) f();
    if (anyWaiting()) wake();
  };
}

/** Runs f when no section is open, maybe at once. */
export function whenOpen(f: () => void): void {
  if (owners.length === 0) f();
  else openers.push(f);
}

export function ownsSection(call: number): boolean {
  return owners.includes(call);
}

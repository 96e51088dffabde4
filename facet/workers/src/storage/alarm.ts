import { native } from "../native.ts";
import type { Call } from "../calls/table.ts";

const FACET = "Facets currently cannot set alarms."; // fact F98
const NO_HANDLER = "Your Durable Object class must have an alarm() handler in order to call setAlarm()";
/** The peer's latest: the end of the year 2189. */
const LATEST = Date.UTC(2190, 0, 1);

/** Why setAlarm() is refused; undefined where it is not. */
let refusal: string | undefined = FACET;

export function grantAlarms(on: boolean, facet: boolean): void {
  refusal = on ? undefined : facet ? FACET : NO_HANDLER;
}

/**
 * The run of the handler that takes the alarm away when it succeeds, unless the
 * alarm is set anew or deleted meanwhile. Until then the database keeps it, so
 * that a crash loses nothing; the application does not see it (fact T23).
 */
let running: Call | undefined;

/** What a rolled back transaction has to restore. */
export function alarmRun(): Call | undefined {
  return running;
}

export function restoreAlarmRun(run: Call | undefined): void {
  running = run;
}

export function beginAlarmRun(call: Call): void {
  running = call;
}

/** The handler is over. */
export function endAlarmRun(call: Call, succeeded: boolean): void {
  if (running !== call) return;
  running = undefined;
  if (succeeded) native.alarmSet(undefined);
}

export function getAlarm(): number | null {
  if (running?.done === false) return null;
  return native.alarmGet() ?? null;
}

export function setAlarm(time: unknown, owner: string): void {
  const ms = millisecondsOf(time, owner);
  if (refusal !== undefined) throw refusal === FACET ? new Error(FACET) : new TypeError(refusal);
  native.alarmSet(Math.max(ms, Math.trunc(native.now())));
  running = undefined;
}

/** One that runs is not stopped, but will not be run again if it fails (fact T25). */
export function deleteAlarm(): void {
  if (native.alarmGet() !== undefined) native.alarmSet(undefined);
  running = undefined;
}

/** deleteAll() took the alarm along; before 2026-02-24 it did not (fact T19). */
export function keepAlarm(ms: number | undefined): void {
  if (ms !== undefined) native.alarmSet(ms);
}

function millisecondsOf(time: unknown, owner: string): number {
  let ms: number;
  if (time instanceof Date) ms = time.getTime();
  else if (typeof time === "number") ms = time;
  else throw new TypeError(`Failed to execute 'setAlarm' on '${owner}': parameter 1 is not of type 'date'.`);
  if (!Number.isFinite(ms)) throw new TypeError("The value cannot be converted because it is not a valid Date.");
  if (ms <= 0) throw new TypeError("setAlarm() cannot be called with an alarm time <= 0");
  if (ms >= LATEST) throw new TypeError("This API doesn't support dates after 2189.");
  return Math.trunc(ms);
}

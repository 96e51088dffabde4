import { Out } from "../messages.ts";
import { native } from "../native.ts";
import { continueAs, currentCall, turn } from "../loop/current.ts";
import * as gate from "../loop/gate.ts";
import { forget, GONE, type Callback, register } from "./callbacks.ts";
import type { Channel } from "./channel.ts";
import { open } from "./open.ts";
import { countSubrequest, TOO_MANY } from "./subrequests.ts";

/** docs/projects.md: so many may be open; more wait here. */
let maxOpen = 256;
/** Of which so many are kept for operations, which must not wait for calls that hang. */
const RESERVED = 8;
/** A callee may have so many places for each that is free: the next one always finds some. */
const SHARE = 3;

/** What this turn has begun. */
const queue: HostCall[] = [];
/** Operations that wait for a place, and all that came after one. */
const urgent = new Set<HostCall>();
/** Calls that wait for a place, by callee; the first callee is next. */
const waiting = new Map<unknown, Set<HostCall>>();
/** How many open calls each callee has. */
const held = new Map<unknown, number>();
let flushing = false;
let lastId = 0;

/** A call that the runtime opened. */
export abstract class HostCall {
  /** Even; 0 before the call was sent. */
  id = 0;
  ended = false;
  readonly channel: Channel;
  /** The call on whose behalf it was made. */
  readonly owner = currentCall;
  readonly callee: unknown;
  readonly #level = gate.level();
  /** Messages that wait behind a gate. */
  #held = 0;
  #callbacks: number[] | undefined;
  #kept: object[] | undefined;
  /** The turn that sent it. */
  #turn = 0;

  constructor(channel: Channel) {
    this.channel = channel;
    this.callee = channel.callee ?? channel;
  }

  /** Posts the opening message. What it throws fails the call. */
  protected abstract send(): void;
  /** Whoever waits for the rest of the answer is told. The call has ended. */
  protected abstract onFailure(e: unknown): void;
  /** The response's head; body undefined for none. */
  onResponse(_status: number, _text: string, _headers: string, _body: Uint8Array | undefined): void {}
  onResult(_details: string, _body: Uint8Array | undefined): void {}
  onChunk(_chunk: Uint8Array | undefined, _end: boolean): void {}
  onCredit(_bytes: number): void {}

  /** A number by which the supervisor may call f until this call is answered. */
  callback(f: Callback): number {
    if (this.ended) throw new Error(GONE);
    const n = register(f);
    (this.#callbacks ??= []).push(n);
    return n;
  }

  /** Keeps an object reachable until the call is answered. */
  keep(o: object): void {
    (this.#kept ??= []).push(o);
  }

  /** Queues the call. Calls made in one turn leave in the order in which they were made. */
  start(): void {
    if (this.channel.uncounted !== true && !countSubrequest(this.owner)) return this.fail(new Error(TOO_MANY));
    this.channel.calls?.add(this);
    queue.push(this);
    schedule();
  }

  /** Ends the call; false where it had ended. */
  finish(): boolean {
    if (this.ended) return false;
    this.ended = true;
    if (open.delete(this.id)) leave(this.callee);
    else unpark(this);
    this.channel.calls?.delete(this);
    this.#kept = undefined;
    if (this.#callbacks !== undefined) for (const n of this.#callbacks) forget(n);
    if (waiting.size > 0 || urgent.size > 0) schedule();
    return true;
  }

  fail(e: unknown): void {
    if (this.finish()) this.onFailure(e);
  }

  /** Fails the call and tells the supervisor that its answer is not wanted. */
  cancel(reason: unknown): void {
    if (!this.finish()) return;
    if (this.id !== 0) native.post(Out.HostCancel, this.id, 0);
    this.onFailure(reason);
  }

  #levelNow(): number {
    return gate.ownsSection(this.owner) ? Infinity : this.#level;
  }

  /** Whether what a message for this call causes may run now: then this turn goes on as its owner's. */
  enter(): boolean {
    if (!gate.idle() && (this.#held > 0 || !gate.admitsNow(this.#levelNow()))) return false;
    continueAs(this.owner);
    return true;
  }

  /** Runs it once the gate lets it pass. */
  hold(run: () => void): void {
    this.#held++;
    gate.hold({ call: this.owner, level: this.#levelNow(), run: () => { this.#held--; run(); } });
  }

  /** The watchdog ended the turn before this one, on behalf of the call's owner. */
  lose(reason: unknown): void {
    // What was sent in that turn never left.
    if (this.#turn === turn - 1) this.fail(reason);
    else this.cancel(reason);
  }

  /** Gives the call its id and sends it. */
  open(): void {
    this.id = lastId += 2;
    this.#turn = turn;
    open.set(this.id, this);
    held.set(this.callee, (held.get(this.callee) ?? 0) + 1);
    try {
      this.send();
    } catch (e) {
      this.fail(e);
    }
  }
}

/** n: how many calls may be open; undefined: as before. */
export function limitOpen(n: number | undefined): void {
  if (n !== undefined) maxOpen = n;
}

/** The open call of an id. */
export function hostCall(id: number): HostCall | undefined {
  return open.get(id);
}

/** The watchdog ended a turn of the owner: nobody goes on waiting for its calls. */
export function loseCalls(owner: number, reason: unknown): void {
  flushing = false;
  for (const call of all()) if (call.owner === owner) call.lose(reason);
  schedule();
}

/** The owner's caller is gone, and with it whoever waits for these. */
export function cancelCalls(owner: number, reason: unknown): void {
  for (const call of all()) if (call.owner === owner) call.cancel(reason);
}

function all(): HostCall[] {
  const list = [...open.values(), ...urgent, ...queue];
  for (const calls of waiting.values()) list.push(...calls);
  return list;
}

const now = Promise.resolve();

function schedule(): void {
  if (flushing) return;
  flushing = true;
  // In a microtask: what is aborted in the same step never leaves (fact F58).
  void now.then(flush);
}

function flush(): void {
  flushing = false;
  admit();
  for (const call of queue.splice(0)) {
    if (call.ended) continue;
    if (urgent.size > 0) urgent.add(call);
    else enter(call);
  }
}

/** Opens the call, or has it wait. */
function enter(call: HostCall): void {
  if (!waiting.has(call.callee) && mayOpen(call)) return call.open();
  if (call.channel.urgent === true) {
    urgent.add(call);
    return;
  }
  const calls = waiting.get(call.callee);
  if (calls === undefined) waiting.set(call.callee, new Set([call]));
  else calls.add(call);
}

/** Opens what waits: of each callee one after the other, as long as there are places. */
function admit(): void {
  for (const call of urgent) {
    if (call.channel.urgent === true && !mayOpen(call)) return;
    urgent.delete(call);
    enter(call);
  }
  for (const [callee, calls] of waiting) {
    const call = calls.values().next().value!;
    if (!mayOpen(call)) continue;
    calls.delete(call);
    waiting.delete(callee);
    if (calls.size > 0) waiting.set(callee, calls); // the loop comes to it again
    call.open();
  }
}

function mayOpen(call: HostCall): boolean {
  if (call.channel.urgent === true) return open.size < maxOpen;
  const free = maxOpen - RESERVED - open.size;
  return free > 0 && (held.get(call.callee) ?? 0) < SHARE * free;
}

function unpark(call: HostCall): void {
  if (urgent.delete(call)) return;
  const calls = waiting.get(call.callee);
  if (calls?.delete(call) === true && calls.size === 0) waiting.delete(call.callee);
}

function leave(callee: unknown): void {
  const n = held.get(callee)! - 1;
  if (n > 0) held.set(callee, n);
  else held.delete(callee);
}

import { In, Out } from "../messages.ts";
import { native } from "../native.ts";
import { continueAs, turn } from "../loop/current.ts";
import * as gate from "../loop/gate.ts";
import { type End, LOST_CODE, Mode, type Said } from "./end.ts";

/** facet.proto, WsMessage: the first credit of each direction, and what a message costs beside its bytes. */
const WINDOW = 64 * 1024;
const OVERHEAD = 64;
/** Bits of WsMessage's and WsState's `a`. */
const TEXT = 1;
const ACCEPT = 1;
const HIBERNATE = 2;
const ATTACHMENT = 4;

/** Sockets whose other end is not in this instance, by the calls that they were. */
const wires = new Map<number, Wire>();
/** Of answers that nobody has accepted. */
const answers = new Map<number, WeakRef<End>>();
const forgotten = new FinalizationRegistry<number>((id) => answers.delete(id));

/** The way to an end outside. */
export class Wire {
  readonly id: number;
  readonly end: End;
  #window = WINDOW;
  /** What there is no room for yet. */
  #queue: Array<{ readonly said: Said; readonly cost: number }> = [];
  /** The turn in which something was last posted. */
  #turn = 0;
  #over = false;

  constructor(id: number, end: End) {
    this.id = id;
    this.end = end;
  }

  get posted(): number { return this.#turn; }
  /** Bytes that wait for room. */
  get buffered(): number {
    let n = 0;
    for (const { cost } of this.#queue) n += cost - OVERHEAD;
    return n;
  }

  /** The same way for another end. */
  moveTo(end: End): Wire {
    answers.delete(this.id);
    return new Wire(this.id, end);
  }

  /** Listens to what comes. */
  open(): void {
    answers.delete(this.id);
    wires.set(this.id, this);
  }

  /** The answer to a call of ours, which the application may accept or pass on. */
  offer(): void {
    answers.set(this.id, new WeakRef(this.end));
    forgotten.register(this.end, this.id);
  }

  send(said: Said): void {
    if (this.#over) return;
    const s = "data" in said && typeof said.data === "string" ? { data: native.utf8Encode(said.data), text: true } : undefined;
    const cost = "data" in said ? (s?.data ?? said.data).length + OVERHEAD : 0;
    if (this.#queue.length > 0 || (this.#window <= 0 && cost > 0)) this.#queue.push({ said, cost });
    else this.#post(said, cost);
  }

  credit(bytes: number): void {
    this.#window += bytes;
    while (this.#queue.length > 0 && (this.#window > 0 || this.#queue[0]!.cost === 0)) {
      const { said, cost } = this.#queue.shift()!;
      this.#post(said, cost);
    }
  }

  #post(said: Said, cost: number): void {
    this.#turn = turn;
    this.#window -= cost;
    if ("data" in said) native.post(Out.WsMessage, this.id, typeof said.data === "string" ? TEXT : 0, undefined, undefined, undefined, said.data);
    else if ("code" in said) native.post(Out.WsClose, this.id, said.code, said.reason);
    else native.post(Out.WsClose, this.id, LOST_CODE);
    this.settle();
  }

  /** Says what the application does with the socket. */
  state(accept: boolean): void {
    this.#turn = turn;
    const { end } = this;
    if (end.mode !== Mode.Hibernating) {
      if (accept) native.post(Out.WsState, this.id, ACCEPT);
      return;
    }
    const flags = HIBERNATE | (accept ? ACCEPT : 0) | (end.attachment === undefined ? 0 : ATTACHMENT);
    native.post(Out.WsState, this.id, flags, end.tags.length === 0 ? "" : JSON.stringify(end.tags), undefined, undefined, end.attachment);
  }

  attach(attachment: Uint8Array): void {
    this.#turn = turn;
    native.post(Out.WsState, this.id, ATTACHMENT, undefined, undefined, undefined, attachment);
  }

  /** Forgets a socket that both sides have closed. */
  settle(): void {
    if (this.end.lost || (this.end.sentClose && this.end.gotClose && this.#queue.length === 0)) this.over();
  }

  over(): void {
    this.#over = true;
    this.#queue = [];
    if (wires.get(this.id) === this) wires.delete(this.id);
  }
}

/** Whether a message is for a socket and no call. */
export function isForSocket(kind: number, call: number): boolean {
  if (kind === In.WsMessage || kind === In.WsClose || kind === In.WsAnswered) return true;
  return (kind === In.Credit || kind === In.Cancel || kind === In.HostError) && wires.has(call);
}

/** A message for a socket; it waits behind critical sections, in order. */
export function socketInput(kind: number, id: number, a: number, s1: string, body: Uint8Array | undefined): void {
  const wire = wires.get(id);
  if (wire === undefined) return lateLoss(kind, id, s1);
  if (kind === In.Credit) return wire.credit(a);
  if (kind === In.WsAnswered) {
    wire.end.answered = a;
    return;
  }
  const run = () => receive(wire, kind, a, s1, body);
  if (gate.admitsInput(id) && !gate.isWaiting(id)) run();
  else gate.hold({ call: id, level: 0, input: true, run });
}

/** An answer that nobody accepted in time. */
function lateLoss(kind: number, id: number, reason: string): void {
  if (kind !== In.WsClose) return;
  answers.get(id)?.deref()?.arrive({ lost: reason }, () => undefined, true);
  answers.delete(id);
}

function receive(wire: Wire, kind: number, a: number, s1: string, body: Uint8Array | undefined): void {
  const { end } = wire;
  const event = nextEvent();
  continueAs(event);
  if (kind === In.WsMessage) {
    const data = (a & TEXT) !== 0 ? s1 : body ?? new Uint8Array(0);
    const cost = (typeof data === "string" ? native.utf8Encode(data).length : data.length) + OVERHEAD;
    return end.arrive({ data }, begin(event, wire.id, cost), false);
  }
  end.arrive(kind === In.WsClose && a !== LOST_CODE ? { code: a, reason: s1 } : { lost: s1 }, () => undefined, false);
}

/** Events have numbers among the calls of the supervisor, which come nowhere near, so that each has processor time of its own. */
let lastEvent = 2 ** 52 + 1;
function nextEvent(): number {
  return (lastEvent += 2);
}

interface Running {
  readonly id: number;
  readonly cost: number;
  /** The turn in which it was settled; 0: it is under way. */
  settled: number;
}

/** Events that are under way, and those that the last turns settled. */
const running = new Map<number, Running>();

/** The function that is to be called when an event has been dealt with. */
function begin(event: number, id: number, cost: number): () => void {
  for (const [n, r] of running) if (r.settled !== 0 && r.settled < turn - 1) running.delete(n);
  const r: Running = { id, cost, settled: 0 };
  running.set(event, r);
  return () => {
    if (r.settled === 0) settle(r);
  };
}

function settle(r: Running): void {
  r.settled = turn;
  native.post(Out.Credit, r.id, r.cost);
}

/** The watchdog ended the turn before this one, on behalf of a call or event: what it posted never left. */
export function loseSockets(event: number): void {
  const r = running.get(event);
  if (r !== undefined && (r.settled === 0 || r.settled === turn - 1)) settle(r);
  for (const wire of [...wires.values()]) {
    if (wire.posted !== turn - 1) continue;
    wire.over();
    native.post(Out.WsClose, wire.id, LOST_CODE);
    wire.end.arrive({ lost: "" }, () => undefined, true);
  }
}

import { native } from "../../native.ts";

export interface EventInit {
  bubbles?: unknown;
  cancelable?: unknown;
  composed?: unknown;
}

/** What an EventTarget does with an event it dispatches. */
export interface Dispatch {
  begin(target: object): void;
  end(): void;
  readonly stopped: boolean;
  passive: boolean;
}

export let dispatchOf: (e: Event) => Dispatch;
export let isEvent: (v: unknown) => v is Event;

/** DOM standard, section 2.2, for targets without parents. */
export class Event {
  static readonly NONE = 0;
  static readonly CAPTURING_PHASE = 1;
  static readonly AT_TARGET = 2;
  static readonly BUBBLING_PHASE = 3;

  readonly #type: string;
  readonly #bubbles: boolean;
  readonly #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp = native.now();
  #target: object | null = null;
  #dispatching = false;
  #stop = false;
  #stopNow = false;
  #canceled = false;
  #passive = false;

  constructor(type: string, init: EventInit = {}) {
    if (arguments.length === 0) throw new TypeError("Failed to construct 'Event': 1 argument required, but only 0 present.");
    this.#type = String(type);
    this.#bubbles = Boolean(init?.bubbles);
    this.#cancelable = Boolean(init?.cancelable);
    this.#composed = Boolean(init?.composed);
  }

  get type(): string { return this.#type; }
  get target(): object | null { return this.#target; }
  get srcElement(): object | null { return this.#target; }
  get currentTarget(): object | null { return this.#dispatching ? this.#target : null; }
  get eventPhase(): number { return this.#dispatching ? Event.AT_TARGET : Event.NONE; }
  get bubbles(): boolean { return this.#bubbles; }
  get cancelable(): boolean { return this.#cancelable; }
  get composed(): boolean { return this.#composed; }
  get defaultPrevented(): boolean { return this.#canceled; }
  get returnValue(): boolean { return !this.#canceled; }
  get isTrusted(): boolean { return false; }
  get timeStamp(): number { return this.#timeStamp; }
  get cancelBubble(): boolean { return this.#stop; }
  set cancelBubble(v: boolean) { if (v) this.#stop = true; }

  composedPath(): object[] {
    return this.#dispatching && this.#target !== null ? [this.#target] : [];
  }
  stopPropagation(): void { this.#stop = true; }
  stopImmediatePropagation(): void { this.#stop = this.#stopNow = true; }
  preventDefault(): void { if (this.#cancelable && !this.#passive) this.#canceled = true; }

  get [Symbol.toStringTag](): string { return "Event"; }

  static {
    isEvent = (v): v is Event => typeof v === "object" && v !== null && #type in v;
    dispatchOf = (e) => ({
      begin(target) {
        if (e.#dispatching) throw new TypeError("The event is already being dispatched.");
        e.#dispatching = true;
        e.#target = target;
      },
      end() {
        e.#dispatching = e.#stop = e.#stopNow = e.#passive = false;
      },
      get stopped() { return e.#stopNow; },
      set passive(on: boolean) { e.#passive = on; },
    });
  }
}

export class CustomEvent extends Event {
  readonly #detail: unknown;
  constructor(type: string, init: EventInit & { detail?: unknown } = {}) {
    super(type, init);
    this.#detail = init?.detail ?? null;
  }
  get detail(): unknown { return this.#detail; }
  override get [Symbol.toStringTag](): string { return "CustomEvent"; }
}

// The library is Node.js's, but as a class; old packages call the constructor as a
// function, and count on its checks.
import { _EventEmitter as Library, addAbortListener, getEventListeners, getMaxListeners, once } from "unenv/node/internal/events/events";
import { AsyncResource } from "./lib/async_context.js";
import { invalidType, unhandledError } from "./lib/errors.js";
import { on } from "./lib/on.js";

function EventEmitter(options) {
  if (new.target !== undefined) return Reflect.construct(Library, [options], new.target);
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners ??= undefined;
  this[Symbol.for("kCapture")] = options?.captureRejections === true;
}
Object.setPrototypeOf(EventEmitter, Library); // what is static
EventEmitter.prototype = Library.prototype;
const own = (o, name, value) => Object.defineProperty(o, name, { value, writable: true, configurable: true });
own(EventEmitter.prototype, "constructor", EventEmitter);
own(EventEmitter, "EventEmitter", EventEmitter);
own(EventEmitter, "init", EventEmitter);
Object.defineProperty(EventEmitter.prototype, "_events", { value: undefined, writable: true, configurable: true });

// The two names of one method do not call each other: those who inherit replace either by the other.
const { addListener, once: addOnce, prependListener, prependOnceListener, removeListener } = Library.prototype;
const methods = { on: addListener, addListener, once: addOnce, prependListener, prependOnceListener, off: removeListener, removeListener };
for (const [name, method] of Object.entries(methods)) {
  own(EventEmitter.prototype, name, { [name](event, listener) {
    if (typeof listener !== "function") throw invalidType("listener", "function", listener);
    return method.call(this, event, listener);
  } }[name]);
}
const { emit } = Library.prototype;
own(EventEmitter.prototype, "emit", function (event, ...args) {
  if (event === "error" && this._events?.error === undefined && !(args[0] instanceof Error)) throw unhandledError(args[0]);
  return Reflect.apply(emit, this, [event, ...args]);
});

/** Its listeners run in the context that it was made in. */
class EventEmitterAsyncResource extends EventEmitter {
  constructor(options) {
    const name = typeof options === "string" ? options : options?.name;
    super(typeof options === "string" ? undefined : options);
    this.asyncResource = new AsyncResource(name ?? new.target.name);
  }
  emit(event, ...args) { return this.asyncResource.runInAsyncScope(super.emit, this, event, ...args); }
  emitDestroy() { this.asyncResource.emitDestroy(); }
  get asyncId() { return this.asyncResource.asyncId(); }
  get triggerAsyncId() { return this.asyncResource.triggerAsyncId(); }
}
own(EventEmitter, "on", on);
own(EventEmitter, "EventEmitterAsyncResource", EventEmitterAsyncResource);

export const { captureRejectionSymbol, errorMonitor, usingDomains, captureRejections, defaultMaxListeners, setMaxListeners, listenerCount, init } = EventEmitter;
export { addAbortListener, EventEmitter, EventEmitterAsyncResource, getEventListeners, getMaxListeners, on, once };
export default EventEmitter;

import { FailureKind, OVERLOADED, RESET } from "../messages.ts";
import { noHandlerError } from "../actor/instance.ts";
import { DOMException } from "../web/dom_exception.ts";

const classes: Record<string, new (message: string) => Error> = { Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError };

/** The names that a DOMException has here; other names are no classes of the receiver. */
const domNames = new Set(["DataCloneError", "AbortError", "TimeoutError", "NotSupportedError", "QuotaExceededError", "InvalidStateError", "NotFoundError", "NetworkError", "SyntaxError", "OperationError", "DataError", "InvalidAccessError"]);

/** An error of the class that crossed as a name (facts F48, F50, F59). */
export function namedError(name: string, message: string): Error {
  if (Object.hasOwn(classes, name)) return new classes[name]!(message);
  if (domNames.has(name)) return new DOMException(message, name);
  return new Error(message);
}

/** What callers are told of an exception of the runtime's own, which may be a NoHandler. */
export function told(e: unknown): unknown {
  const own = noHandlerError(e);
  return own === undefined ? e : errorOf(FailureKind.NoHandler, own.name, own.message);
}

/** The error of a HostError message; flags: FailureKind, RESET and OVERLOADED. */
export function errorOf(flags: number, name: string, message: string): Error {
  const e = namedError(name, message) as Error & { remote?: boolean; durableObjectReset?: boolean; overloaded?: boolean };
  // Where it was made here says nothing, and where it was thrown is not told.
  Object.defineProperty(e, "stack", { value: "", writable: true, configurable: true });
  const kind = flags & (RESET - 1);
  // What the supervisor itself says is no exception of the callee.
  if (kind !== FailureKind.Aborted && kind !== FailureKind.Internal) e.remote = true;
  if ((flags & RESET) !== 0) e.durableObjectReset = true;
  if ((flags & OVERLOADED) !== 0) e.overloaded = true;
  return e;
}

import { FailureKind, Out, OVERLOADED, RESET } from "../messages.ts";
import { native } from "../native.ts";
import { className } from "../codec/classify.ts";
import { isDOMException } from "../web/dom_exception.ts";

/** Of each text that leaves with a failure, in UTF-16 units. */
const MAX_TEXT = 16 * 1024;

const builtIn = new Set(["Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "URIError", "EvalError"]);

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** A callee had no place for a call. */
  readonly overloaded?: boolean;
}

/**
 * describeError says what crosses the boundary (facts F48, F50): class and
 * message of built-in classes, DOMExceptions by their name; "Name: message" of
 * others; "#<Class>" of other objects; primitives as strings.
 */
export function describeError(e: unknown): Failure {
  try {
    return describe(e);
  } catch {
    // A getter or toString of the application's threw.
    return { name: "Error", message: "an exception that throws when it is read", stack: "" };
  }
}

function describe(e: unknown): Failure {
  if (typeof e !== "object" && typeof e !== "function") return { name: "Error", message: cut(String(e)), stack: "" };
  if (e === null) return { name: "Error", message: "null", stack: "" };
  if (!(e instanceof Error)) {
    return { name: "Error", message: cut(typeof e === "function" ? String(e) : Array.isArray(e) ? String(e) : `#<${className(e)}>`), stack: "" };
  }
  const name = String(e.name);
  const message = String(e.message);
  const stack = typeof e.stack === "string" ? cut(e.stack) : "";
  if (builtIn.has(name) || isDOMException(e)) return { name, message: cut(message), stack, overloaded: (e as { overloaded?: unknown }).overloaded === true };
  return { name: "Error", message: cut(message === "" ? name : `${name}: ${message}`), stack };
}

export function cut(s: string): string {
  return s.length <= MAX_TEXT ? s : s.slice(0, MAX_TEXT) + "…";
}

/** Ends a call with the exception. */
export function postError(call: number, kind: FailureKind, e: unknown, reset = false): void {
  const { name, message, stack, overloaded } = describeError(e);
  native.post(Out.Error, call, kind | (reset ? RESET : 0) | (overloaded === true ? OVERLOADED : 0), name, message, stack);
}

/** Ends the instance with the exception; the turn's writes are lost. */
export function breakInstance(kind: FailureKind, e: unknown): never {
  const { name, message } = describeError(e);
  return native.abort(kind, name, message);
}

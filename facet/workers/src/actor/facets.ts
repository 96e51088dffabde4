import { refuseToClone } from "../codec/classify.ts";
import { describeError, type Failure } from "../calls/failure.ts";
import { reportError } from "../calls/report.ts";
import { namedError } from "../host/error.ts";
import { operate } from "../host/rpc.ts";
import { Slot } from "./facet_slot.ts";
import { newFetcher, type ServiceStub } from "../stubs/fetcher.ts";

const MAX_NAME = 256;
const TOO_DEEP = "Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4.";

/** The length in bytes of UTF-8, which is what the limit counts (fact F22). */
function utf8Length(s: string): number {
  let n = 0;
  for (const c of s) n += c < "\x80" ? 1 : c < "\u0800" ? 2 : c.length === 1 ? 3 : 4;
  return n;
}

/** Facts F21, F25. */
function nameOf(name: unknown): string {
  const s = `${name as string}`.toWellFormed();
  if (s.length > MAX_NAME / 3 && utf8Length(s) > MAX_NAME) throw new TypeError("Facet name is too long (max 256 characters).");
  return s;
}

/** The empty name is none (unlike fact F23). */
function properName(name: unknown): string {
  const s = nameOf(name);
  if (s === "") throw new TypeError("The name of a facet must not be empty.");
  return s;
}

let granted = false;

/** How deep a tree may be, the object at 1 (fact F84). */
const MAX_DEPTH = 4;

/** Whether the instance may have facets. */
export function grantFacets(on: boolean, depth: number): void {
  granted = on && depth < MAX_DEPTH;
}

/** Facets of which there are stubs, by name. */
const slots = new Map<string, Slot>();

/** ctx.facets (fact F1). */
export class DurableObjectFacets {
  get(name: unknown, callback?: unknown): ServiceStub {
    if (typeof callback !== "function") throw new TypeError("Failed to execute 'get' on 'DurableObjectFacets': parameter 2 is not of type 'function'.");
    const s = properName(name);
    // Fact F84.
    if (!granted) throw new Error(TOO_DEEP);
    let slot = slots.get(s);
    if (slot === undefined || slot.dead) slots.set(s, (slot = new Slot(s)));
    return newFetcher(slot.channel(callback as () => unknown));
  }

  /** Facts F55 to F63. */
  abort(name: unknown, reason?: unknown): void {
    const s = nameOf(name);
    if (arguments.length < 2) throw new TypeError("Failed to execute 'abort' on 'DurableObjectFacets': parameter 2 is not of type 'Value'.");
    if (s === "") return;
    const copy = describeError(reason);
    end(s, copy);
    order("facets.abort", [s, { name: copy.name, message: copy.message }]);
  }

  /** Facts F71 to F74. */
  delete(name: unknown): void {
    const s = properName(name);
    end(s, DELETED);
    order("facets.delete", [s]);
  }

  /** Facts F76 to F79. */
  clone(from: unknown, to: unknown): void {
    const [source, destination] = [properName(from), properName(to)];
    end(destination, { name: "Error", message: "Facet was cloned-over." });
    order("facets.clone", [source, destination]);
  }

  get [Symbol.toStringTag](): string { return "DurableObjectFacets"; }
}

/** Facts F71, F83. */
const DELETED = { name: "Error", message: "Facet was deleted." };

/** storage.deleteAll() takes the facets along (fact F83). */
export async function deleteAllFacets(): Promise<void> {
  if (!granted) return;
  for (const name of [...slots.keys()]) end(name, DELETED);
  await operate("facets.deleteAll", () => []);
}

/** Ends the stubs of a name; a later get() makes new ones. */
function end(name: string, reason: Omit<Failure, "stack">): void {
  const slot = slots.get(name);
  if (slot === undefined) return;
  slots.delete(name);
  slot.end(() => namedError(reason.name, reason.message));
}

/** Asks the supervisor, which keeps the order of what it is asked. */
function order(operation: string, args: unknown[]): void {
  // Where there can be no facets there is nothing to do.
  if (granted) operate(operation, () => args).catch((e: unknown) => reportError(e, `${operation}:`));
}

refuseToClone(DurableObjectFacets);

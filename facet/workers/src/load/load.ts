import { ENTRYPOINT, FailureKind, INSPECT, Out } from "../messages.ts";
import { native } from "../native.ts";
import { type Class, isClass, isDurableObjectClass, isEntrypoint } from "../actor/classes.ts";
import { failSectionsWith } from "../actor/concurrency.ts";
import { entrypointInstance, missingDefault } from "../actor/entrypoint_instance.ts";
import { grantFacets } from "../actor/facets.ts";
import { setInstance } from "../actor/instance.ts";
import { env, exported, runtimeModule } from "../actor/module.ts";
import { ObjectInstance } from "../actor/object_instance.ts";
import { newState } from "../actor/state.ts";
import { describeError, postError } from "../calls/failure.ts";
import { setGlobalScope } from "../loop/current.ts";
import { whenOpen } from "../loop/gate.ts";
import { cancelTimer, startTimer, type Timer } from "../loop/timers.ts";
import { loopback } from "../stubs/loopback.ts";
import { setCompatibilityDate } from "../websocket/compatibility.ts";
import { resumeAuto, resumeSockets, setSocketHandlers } from "../websocket/hibernation.ts";
import { limitOpen } from "../host/call.ts";
import { limitSubrequests } from "../host/subrequests.ts";
import { grantOutbound } from "../web/fetch.ts";
import { grantTails } from "../calls/trace.ts";
import { grantAlarms } from "../storage/alarm.ts";
import { deleteAllSince } from "../storage/storage.ts";
import { type About, parseAbout } from "./about.ts";
import { bind } from "./bindings.ts";

type Namespace = Record<string, unknown>;

/** Under this name the script stands in stacks; Go maps its places to the modules'. */
const SCRIPT = "facetd:worker";
const MODULE_FUNCTION = "__facetd_module";

let answered = true;

/** Evaluates the worker and constructs the class; answers Loaded or Error. */
export function load(flags: number, script: string, className: string, json: string | undefined, body: Uint8Array | undefined): void {
  answered = false;
  let about: About;
  try {
    about = parseAbout(json, body);
  } catch (e) {
    return failLoad(e, FailureKind.Internal);
  }
  Object.assign(env, about.env);
  bind(env, about.grants);
  setCompatibilityDate(about.compatibilityDate);
  if (about.autoResponse !== undefined) resumeAuto(about.autoResponse);
  resumeSockets(about.sockets);
  limitSubrequests(about.subRequests);
  limitOpen(about.openCalls);
  grantOutbound(about.grants.outbound === true);
  grantTails(about.grants.tails === true, (flags & ENTRYPOINT) === 0);
  grantAlarms(about.grants.alarms === true, (about.grants.depth ?? 1) > 1);
  deleteAllSince(about.compatibilityDate);
  grantFacets(about.grants.facets === true, about.grants.depth ?? 1);
  Object.defineProperty(globalThis, MODULE_FUNCTION, { value: runtimeModule, configurable: true });
  setGlobalScope(true);
  let stuck: Timer | undefined;
  const evaluated = () => {
    setGlobalScope(false);
    delete (globalThis as Record<string, unknown>)[MODULE_FUNCTION];
    if (stuck !== undefined) cancelTimer(stuck);
  };
  let namespace: Promise<Namespace>;
  try {
    namespace = Promise.resolve(native.evaluate(script, SCRIPT) as Promise<Namespace>);
  } catch (e) {
    evaluated();
    return failStart(e);
  }
  // Nothing that a module may await at its top level takes another turn.
  stuck = startTimer(0, () => {
    evaluated();
    failStart(new Error("Top-level await in module is unsettled"));
  }, true);
  namespace.then(
    (ns) => {
      evaluated();
      if (answered) return;
      if ((flags & INSPECT) !== 0) return inspect(ns);
      try {
        fillExports(ns, about);
        if ((flags & ENTRYPOINT) !== 0) enter(ns, className, about);
        else construct(ns, className, about);
      } catch (e) {
        failLoad(e, FailureKind.Internal);
      }
    },
    (e: unknown) => {
      evaluated();
      failStart(e);
    },
  );
}

function answer(): boolean {
  if (answered) return false;
  answered = true;
  failSectionsWith(undefined);
  return true;
}

/** Ends the load with an error; reset where the class had begun to run (fact F43). */
function failLoad(e: unknown, kind: FailureKind, reset = false): void {
  if (answer()) postError(0, kind, e, reset);
}

export function isLoading(): boolean {
  return !answered;
}

/** The watchdog ended the evaluation or the constructor. */
export function onLoadCpuLimit(): void {
  setGlobalScope(false);
  failLoad(new Error("Worker exceeded CPU time limit."), FailureKind.CpuLimit, true);
}

/** A module did not evaluate (fact L29). */
function failStart(e: unknown): void {
  const { name, message, stack } = describeError(e);
  if (answer()) native.post(Out.Error, 0, FailureKind.Start, "Error", `Failed to start Worker:\nUncaught ${name}: ${message}`, stack);
}

const enum ExportKind {
  Other = 0,
  DurableObject = 1,
  Entrypoint = 2,
}

function inspect(ns: Namespace): void {
  const list = Object.keys(ns).map((name) => {
    const v = ns[name];
    const kind = isDurableObjectClass(v) ? ExportKind.DurableObject : isEntrypoint(v) ? ExportKind.Entrypoint : ExportKind.Other;
    return [name, kind, isClass(v) && typeof (v.prototype as { alarm?: unknown }).alarm === "function"];
  });
  if (answer()) native.post(Out.Loaded, 0, 0, JSON.stringify(list));
}

/** The class of that name, or an Error with the peer's text (fact F44). */
function classOf(ns: Namespace, name: string): Class | Error {
  const v = Object.hasOwn(ns, name) ? ns[name] : undefined;
  if (isClass(v) && !isEntrypoint(v)) return v;
  return new Error(name === "default" ? "Worker has no default actor class." : `Worker has no such actor class: ${name}`);
}

function construct(ns: Namespace, className: string, about: About): void {
  const found = classOf(ns, className === "" ? "default" : className);
  if (found instanceof Error) return failLoad(found, FailureKind.Start);
  failSectionsWith((e) => failLoad(e, FailureKind.Start, true));
  let object: object;
  try {
    object = Reflect.construct(found, [newState(about.id, about.props, exported), env]);
  } catch (e) {
    return failLoad(e, FailureKind.Start, true);
  }
  // Loaded once what the constructor put under blockConcurrencyWhile() is done.
  whenOpen(() => {
    setSocketHandlers(object);
    setInstance(new ObjectInstance(object, isDurableObjectClass(found)));
    if (answer()) native.post(Out.Loaded, 0, 0);
  });
}

/** ctx.exports lists the worker's own exports (fact F90). */
function fillExports(ns: Namespace, about: About): void {
  const keys = new Map((about.grants.exports ?? []).map((b) => [b.name, b.key]));
  for (const name of Object.keys(ns)) {
    const value = loopback(name, ns[name], keys.get(name));
    if (value !== undefined) Object.defineProperty(exported, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

/** Finds the entrypoint; its class is constructed for each call. */
function enter(ns: Namespace, exportName: string, about: About): void {
  const name = exportName === "" ? "default" : exportName;
  const value = Object.hasOwn(ns, name) ? ns[name] : undefined;
  // Fact L14.
  const missing = isEntrypoint(value) ? undefined : new Error(name === "default" ? "Worker has no default entrypoint." : `Worker has no such entrypoint: ${name}`);
  if (missing !== undefined && name !== "default") return failLoad(missing, FailureKind.Start);
  if (missing !== undefined) setInstance(missingDefault(missing));
  else setInstance(entrypointInstance(value as object, about.props, exported, env));
  if (answer()) native.post(Out.Loaded, 0, 0);
}

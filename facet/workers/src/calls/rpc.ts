import { FailureKind, MAX_VALUE, Out, PASSES } from "../messages.ts";
import { native } from "../native.ts";
import { instance } from "../actor/instance.ts";
import { arrivalsOf, Delivery } from "../refs/arrivals.ts";
import { type Details, parseDetails } from "../refs/details.ts";
import { exported } from "../refs/local.ts";
import { pack, type Parcel } from "../refs/parcel.ts";
import { dispatch } from "../refs/walk.ts";
import { enterContext } from "./context.ts";
import { fail, failThrown } from "./respond.ts";
import { type Call, endCall, startCall } from "./table.ts";
import { traceRpc } from "./trace.ts";

/** A method call on the instance, or a read of a property. */
export function startRpc(id: number, method: string, details: string, args: Uint8Array | undefined): void {
  startCall({ id, done: false }, (call) => {
    const given = parseDetails(details);
    const delivery = deliver(call, given, args);
    if (instance === undefined) return fail(call, new Error("the instance has not been loaded"), FailureKind.Internal);
    if (instance.perCall) enterContext(id);
    const { path, property } = given;
    const names = path === undefined ? [method] : [...path, method];
    traceRpc(id, names.join("."));
    serve(call, () => instance!.call(names, property === true ? undefined : () => delivery.list()));
  });
}

/** The same on something that the instance handed out. */
export function startExportRpc(id: number, number: number, method: string, details: string, args: Uint8Array | undefined): void {
  startCall({ id, done: false, passes: true }, (call) => {
    const given = parseDetails(details);
    const delivery = deliver(call, given, args);
    const target = exported(number);
    if (target === undefined) return fail(call, new Error("RPC stub used after being disposed."));
    if (target.context !== undefined) enterContext(id, target.context);
    const path = [...(given.path ?? [])];
    if (method !== "") path.push(method);
    serve(call, () => dispatch(target.value, path, given.property === true ? undefined : () => delivery.list()));
  });
}

function deliver(call: Call, { refs }: Details, args: Uint8Array | undefined): Delivery {
  const arrivals = arrivalsOf(refs);
  if (arrivals !== undefined) call.params = arrivals;
  return new Delivery(args ?? new Uint8Array(0), arrivals);
}

function serve(call: Call, run: () => unknown): void {
  let result: unknown;
  try {
    result = run();
  } catch (e) {
    return failThrown(call, e);
  }
  if ((typeof result !== "object" && typeof result !== "function") || result === null) return finish(call, result, true);
  Promise.resolve(result).then(
    (value) => finish(call, value, true),
    (e: unknown) => fail(call, e),
  );
}

/** Ends a call with a value; live: functions, targets and streams may go along. */
export function finish(call: Call, value: unknown, live: boolean): void {
  if (call.done) return;
  let parcel: Parcel | undefined;
  try {
    parcel = pack(value, live);
    let { encoded } = parcel;
    // A character takes up to three bytes.
    if (typeof encoded === "string" && encoded.length > MAX_VALUE / 3) encoded = native.utf8Encode(encoded);
    if (encoded.length > MAX_VALUE) throw new RangeError(`The result of a call takes ${encoded.length} bytes, over the limit of ${MAX_VALUE}.`);
    const refs = parcel.wire();
    if (endCall(call)) native.post(Out.RpcResult, call.id, call.passes === true ? PASSES : 0, undefined, refs === undefined ? undefined : JSON.stringify({ refs }), undefined, encoded);
    parcel.drop();
  } catch (e) {
    parcel?.drop();
    fail(call, e);
  }
}

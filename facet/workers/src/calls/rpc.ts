import { FailureKind, MAX_VALUE, Out, PASSES } from "../messages.ts";
import { native } from "../native.ts";
import { instance } from "../actor/instance.ts";
import { decode, encode } from "../codec/values.ts";
import { fail, failThrown } from "./respond.ts";
import { type Call, endCall, startCall } from "./table.ts";

/** A method call on the instance. */
export function startRpc(id: number, method: string, args: ArrayBuffer | undefined): void {
  startCall({ id, done: false }, (call) => serve(call, method, args));
}

function serve(call: Call, method: string, args: ArrayBuffer | undefined): void {
  if (instance === undefined) return fail(call, new Error("the instance has not been loaded"), FailureKind.Internal);
  let result: unknown;
  try {
    result = instance.call(method, () => argumentsOf(args));
  } catch (e) {
    return failThrown(call, e);
  }
  if (typeof result !== "object" || result === null) return finish(call, result);
  Promise.resolve(result).then(
    (value) => finish(call, value),
    (e: unknown) => fail(call, e),
  );
}

function argumentsOf(args: ArrayBuffer | undefined): unknown[] {
  const list: unknown = args === undefined || args.byteLength === 0 ? [] : decode(new Uint8Array(args));
  if (!Array.isArray(list)) throw new TypeError("The arguments of a call must be an array.");
  return list;
}

/** Ends a call with a value. */
export function finish(call: Call, value: unknown): void {
  let encoded: string | Uint8Array;
  try {
    encoded = encode(value);
    // A character takes up to three bytes.
    if (typeof encoded === "string" && encoded.length > MAX_VALUE / 3) encoded = native.utf8Encode(encoded);
    if (encoded.length > MAX_VALUE) throw new RangeError(`The result of a call takes ${encoded.length} bytes, over the limit of ${MAX_VALUE}.`);
  } catch (e) {
    return fail(call, e);
  }
  if (endCall(call)) native.post(Out.RpcResult, call.id, call.passes === true ? PASSES : 0, undefined, undefined, undefined, encoded);
}

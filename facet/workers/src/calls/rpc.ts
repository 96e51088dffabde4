import { FailureKind, Out } from "../messages.ts";
import { native } from "../native.ts";
import { instance } from "../actor/instance.ts";
import { decode, encode } from "../codec/values.ts";
import { fail } from "./respond.ts";
import { type Call, endCall, startCall } from "./table.ts";

const NO_SUPERCLASS =
  "The receiving Durable Object does not support RPC, because its class was not declared with `extends DurableObject`. " +
  "In order to enable RPC, make sure your class extends the special class `DurableObject`, which can be imported from the module \"cloudflare:workers\".";

/** Handlers of events, which are no methods for callers. */
const reserved = new Set(["alarm", "webSocketMessage", "webSocketClose", "webSocketError"]);

/** A method call on the instance. */
export function startRpc(id: number, method: string, args: ArrayBuffer | undefined): void {
  startCall({ id, done: false }, (call) => serve(call, method, args));
}

function serve(call: Call, method: string, args: ArrayBuffer | undefined): void {
  if (instance === undefined) return fail(call, new Error("the instance has not been loaded"), FailureKind.Internal);
  if (!instance.rpc) return fail(call, new TypeError(NO_SUPERCLASS), FailureKind.NoHandler);
  if (reserved.has(method)) return fail(call, new TypeError(`'${method}' is a reserved method and cannot be called over RPC.`), FailureKind.NoHandler);
  let result: unknown;
  try {
    const f = lookup(instance.object, method);
    if (f === undefined) return fail(call, new TypeError(`The RPC receiver does not implement the method "${method}".`), FailureKind.NoHandler);
    if (typeof f !== "function") return fail(call, new TypeError(`"${method}" is not a function.`), FailureKind.NoHandler);
    const list: unknown = args === undefined || args.byteLength === 0 ? [] : decode(new Uint8Array(args));
    if (!Array.isArray(list)) throw new TypeError("The arguments of a call must be an array.");
    result = Reflect.apply(f, instance.object, list);
  } catch (e) {
    return fail(call, e);
  }
  if (typeof result !== "object" || result === null) return finish(call, result);
  Promise.resolve(result).then(
    (value) => finish(call, value),
    (e: unknown) => fail(call, e),
  );
}

/**
 * Finds what a caller may use: methods and getters of the class and its
 * superclasses below DurableObject. Own properties are the instance's memory.
 */
function lookup(object: object, method: string): unknown {
  if (method === "constructor" || method === "fetch" || method.startsWith("__") || Object.hasOwn(object, method)) return undefined;
  for (let p: unknown = Object.getPrototypeOf(object); p !== null && p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    if (Object.hasOwn(p as object, method)) return (object as Record<string, unknown>)[method];
  }
  return undefined;
}

function finish(call: Call, value: unknown): void {
  let encoded: string | Uint8Array;
  try {
    encoded = encode(value);
  } catch (e) {
    return fail(call, e);
  }
  if (endCall(call)) native.post(Out.RpcResult, call.id, 0, undefined, undefined, undefined, encoded);
}

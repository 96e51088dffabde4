import { fail } from "../calls/respond.ts";
import { finish } from "../calls/rpc.ts";
import { Parted, PartSender } from "../calls/parts.ts";
import { type Call, startCall } from "../calls/table.ts";
import { callbackOf, GONE } from "./callbacks.ts";

/** A Callback message. No gate holds it: what it answers, a call of this instance waits for. */
export function startCallback(id: number, n: number): void {
  startCall({ id, done: false, passes: true }, (call) => {
    const run = callbackOf(n);
    if (run === undefined) return fail(call, new Error(GONE));
    let result: unknown;
    try {
      result = run();
    } catch (e) {
      return fail(call, e);
    }
    Promise.resolve(result).then(
      (value) => (value instanceof Parted ? parted(call, value) : finish(call, value, false)),
      (e: unknown) => fail(call, e),
    );
  });
}

/** Answers with what is too large for one message. */
function parted(call: Call, { answer, parts }: Parted): void {
  if (call.done) return;
  const sender = new PartSender(call);
  call.outgoing = sender;
  sender.run(parts).then(
    () => finish(call, answer, false),
    (e: unknown) => fail(call, e),
  );
}

import { FailureKind } from "../messages.ts";
import { breakInstance, postError } from "./failure.ts";
import { reportError } from "./report.ts";
import { cancelCalls, loseCalls } from "../host/call.ts";
import { ownsSection } from "../loop/gate.ts";
import { forgetTransactions } from "../storage/transaction.ts";
import { abortError } from "../web/events/abort.ts";
import { abortRequest } from "../web/request.ts";
import { loseSockets } from "../websocket/wire.ts";
import { contextOf } from "./context.ts";
import { calls, endCall, findCall } from "./table.ts";
import { traceOutcome } from "./trace.ts";

/** The caller is gone. The handler goes on; its answer is dropped. */
export function onCancel(id: number): void {
  const call = calls.get(id);
  if (call === undefined) return;
  traceOutcome(id, "canceled");
  // An entrypoint's calls are for the answer that nobody wants; an object's may not be.
  contextOf(id)?.atEnd(() => cancelCalls(id, abortError()));
  endCall(call);
  call.outgoing?.cancel(abortError());
  if (call.request !== undefined) abortRequest(call.request);
}

const TOO_MUCH = "Worker exceeded CPU time limit.";

/** The watchdog ended a turn: what the call was waiting for will never happen. */
export function onCpuLimit(id: number): void {
  // Nobody would ever close the section again.
  if (ownsSection(id)) breakInstance(FailureKind.CpuLimit, new Error(TOO_MUCH));
  forgetTransactions();
  loseCalls(id, new Error(TOO_MUCH));
  loseSockets(id);
  const call = findCall(id);
  if (call === undefined || call.done) return reportError(new Error(TOO_MUCH));
  traceOutcome(id, "exceededCpu");
  endCall(call);
  call.outgoing?.cancel(new Error(TOO_MUCH));
  postError(id, FailureKind.CpuLimit, new Error(TOO_MUCH));
}

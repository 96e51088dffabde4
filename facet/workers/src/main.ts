/// <reference path="./native.d.ts" />
import "./dispose.ts";
import { In } from "./messages.ts";
import { native, setHandler } from "./native.ts";
import { startAlarm } from "./calls/alarm.ts";
import { onCancel, onCpuLimit } from "./calls/cancel.ts";
import { startFetch } from "./calls/fetch.ts";
import { startExportRpc, startRpc } from "./calls/rpc.ts";
import { calls } from "./calls/table.ts";
import { startCallback } from "./host/serve_callback.ts";
import { exported, onRelease } from "./refs/local.ts";
import { receive } from "./host/receive.ts";
import { installGlobals } from "./globals.ts";
import { beginTurn } from "./loop/current.ts";
import * as gate from "./loop/gate.ts";
import { onTimer } from "./loop/timers.ts";
import { isLoading, load, onLoadCpuLimit } from "./load/load.ts";
import { onSynced } from "./storage/synced.ts";
import { isForSocket, socketInput } from "./websocket/wire.ts";

const ERROR = 4;

installGlobals();

/** Each message is one turn. */
setHandler((kind, call, a, s1 = "", s2 = "", s3 = "", body) => {
  if (isForSocket(kind, call)) {
    beginTurn(0);
    return socketInput(kind, call, a, s1, body);
  }
  // Calls of the runtime's own have even ids; they are charged to whoever waits.
  if (call !== 0 && call % 2 === 0) {
    beginTurn(0);
    return receive(kind as In, call, a, s1, s2, s3, body);
  }
  beginTurn(call);
  switch (kind as In) {
    case In.Fetch:
      // What nearly always is the case needs no closure.
      if (gate.idle()) return startFetch(call, a, s1, s2, s3, body);
      return gate.deliver({ call, level: 0, input: true, run: () => startFetch(call, a, s1, s2, s3, body) });
    case In.Rpc:
      if (a === 0) return gate.deliver({ call, level: 0, input: true, run: () => startRpc(call, s1, s2, body) });
      return gate.deliver({ call, level: exported(a)?.level ?? 0, input: true, run: () => startExportRpc(call, a, s1, s2, body) });
    case In.Release:
      return onRelease(s1);
    case In.Chunk:
      return toCall(call, () => calls.get(call)?.incoming?.push(body, a === 1));
    case In.Credit:
      // No gate holds a callback: see startCallback.
      if (calls.get(call)?.passes === true) return calls.get(call)?.outgoing?.credit(a);
      return toCall(call, () => calls.get(call)?.outgoing?.credit(a));
    case In.Cancel:
      return toCall(call, () => onCancel(call));
    case In.Timer:
      return onTimer();
    case In.Synced:
      return onSynced(a);
    case In.CpuLimit:
      return isLoading() ? onLoadCpuLimit() : onCpuLimit(call);
    case In.Rejection:
      return native.log(ERROR, `Uncaught (in promise) ${s1}`);
    case In.Callback:
      return startCallback(call, a);
    case In.Alarm:
      return gate.deliver({ call, level: 0, input: true, run: () => startAlarm(call, s1) });
    case In.Load:
      return load(a, s1, s2, s3, body);
  }
});

/** Further input for a call waits behind the call itself and behind others' critical sections. */
function toCall(call: number, run: () => void): void {
  if (gate.admitsInput(call) && !gate.isWaiting(call)) run();
  else gate.hold({ call, level: 0, input: true, run });
}

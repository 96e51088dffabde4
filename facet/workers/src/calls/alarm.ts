import { native } from "../native.ts";
import { instance } from "../actor/instance.ts";
import { beginAlarmRun, endAlarmRun } from "../storage/alarm.ts";
import { fail, failThrown } from "./respond.ts";
import { finish } from "./rpc.ts";
import { type Call, startCall } from "./table.ts";

interface Due {
  readonly scheduledTime: number;
  readonly retryCount: number;
  readonly drop: boolean;
}

/** An Alarm message: runs the handler if the database says that it is due. */
export function startAlarm(id: number, text: string): void {
  startCall({ id, done: false }, (call) => serve(call, JSON.parse(text) as Due));
}

function serve(call: Call, due: Due): void {
  const stored = native.alarmGet();
  if (instance === undefined || stored === undefined || stored !== due.scheduledTime || stored > native.now()) {
    // What the supervisor believes is not so; it is told what is.
    native.alarmTell();
    return finish(call, undefined, false);
  }
  if (due.drop) {
    native.alarmSet(undefined);
    return finish(call, undefined, false);
  }
  const { scheduledTime, retryCount } = due;
  beginAlarmRun(call);
  let result: unknown;
  try {
    result = instance.alarm({ scheduledTime, retryCount, isRetry: retryCount > 0 });
  } catch (e) {
    endAlarmRun(call, false);
    return failThrown(call, e);
  }
  Promise.resolve(result).then(
    () => {
      endAlarmRun(call, !call.done);
      finish(call, undefined, false);
    },
    (e: unknown) => {
      endAlarmRun(call, false);
      fail(call, e);
    },
  );
}

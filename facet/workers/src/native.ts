/**
 * Takes the engine's object off the global before any application code exists.
 * The functions are copied to an ordinary object, which the engine's inline
 * caches like better than a host object.
 */
const host = (globalThis as { __native?: Native }).__native;
if (host === undefined) throw new Error("the runtime needs the engine's native object");
delete (globalThis as { __native?: Native }).__native;

type Functions = Omit<Native, "onMessage">;

const names: (keyof Functions)[] = [
  "post", "log", "armTimer", "setCall", "now", "random", "digest", "hmac", "utf8Encode", "utf8Decode", "domainToASCII", "evaluate", "abort",
  "kvGet", "kvPut", "kvDelete", "kvNext", "sqlExec", "sqlNext", "sqlClose", "sqlStats", "databaseSize",
  "savepoint", "release", "rollbackTo", "holdTransaction", "deleteAll", "sync", "alarmGet", "alarmSet", "alarmTell",
];

const copy: Record<string, unknown> = {};
for (const name of names) copy[name] = host[name];

export const native = copy as unknown as Functions;

/** Installs the one handler for messages from Go. */
export function setHandler(handler: Native["onMessage"]): void {
  host!.onMessage = handler;
}

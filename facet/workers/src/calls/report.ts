import { native } from "../native.ts";
import { traceUncaught } from "./trace.ts";
import { cut, describeError } from "./failure.ts";

/** Level of an error line. */
const ERROR = 4;

/** Logs an exception that no caller will see. */
export function reportError(e: unknown, prefix = "Uncaught"): void {
  traceUncaught(e);
  const { name, message, stack } = describeError(e);
  native.log(ERROR, cut(`${prefix} ${name}: ${message}${stack === "" ? "" : "\n" + stack}`));
}

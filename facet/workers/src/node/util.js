// inspect and format are Node.js's own (node-inspect-extracted), types and the rest
// those of the browsers' port.
import inspecting from "node-inspect-extracted";
import port from "util/";
import { isDeepStrictEqual } from "assert/build/internal/util/comparisons";
import { missing } from "./lib/missing.js";
import types from "./util/types.js";

export const { format, formatWithOptions, inspect, stripVTControlCharacters } = inspecting;
export const { callbackify, debuglog, deprecate, inherits, promisify } = port;
export { isDeepStrictEqual, types };
export const debug = debuglog;
export const { TextDecoder, TextEncoder } = globalThis;
export const isArray = Array.isArray;
export const toUSVString = (text) => String(text).toWellFormed();
export const _extend = (target, source) => (source !== null && typeof source === "object" ? Object.assign(target, source) : target);
export const aborted = (signal) => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
const without = (name) => missing("node:util", name);
export const getSystemErrorName = without("getSystemErrorName");
export const getSystemErrorMap = without("getSystemErrorMap");
export const MIMEType = without("MIMEType");
export const parseArgs = without("parseArgs");
export const parseEnv = without("parseEnv");
export const styleText = without("styleText");

export default {
  _extend, aborted, callbackify, debug, debuglog, deprecate, format, formatWithOptions, getSystemErrorMap, getSystemErrorName, inherits, inspect, isArray,
  isDeepStrictEqual, MIMEType, parseArgs, parseEnv, promisify, stripVTControlCharacters, styleText, TextDecoder, TextEncoder, toUSVString, types,
};

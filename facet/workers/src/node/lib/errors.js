// Errors with the codes of Node.js.
const coded = (Type, code, message) => Object.assign(new Type(message), { code });

const received = (value) => (value === null || value === undefined ? String(value) : typeof value === "function" ? `function ${value.name}` : typeof value === "object" ? `an instance of ${value.constructor?.name ?? "Object"}` : `type ${typeof value} (${String(value)})`);

export const invalidType = (name, types, value) => coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "${name}" argument must be of type ${types}. Received ${received(value)}`);
export const outOfRange = (name, range, value) => coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${range}. Received ${String(value)}`);
export const unknownEncoding = (encoding) => coded(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${String(encoding)}`);
export const unhandledError = (value) => Object.assign(coded(Error, "ERR_UNHANDLED_ERROR", `Unhandled error. (${String(value)})`), { context: value });

export class AbortError extends Error {
  code = "ABORT_ERR";
  constructor(message = "The operation was aborted", options) {
    super(message, options);
    this.name = "AbortError";
  }
}

/** The names that have a legacy code (WebIDL section 3.14.1), in order of code. */
const codes = [
  "IndexSizeError", "", "HierarchyRequestError", "WrongDocumentError", "InvalidCharacterError", "", "NoModificationAllowedError",
  "NotFoundError", "NotSupportedError", "InUseAttributeError", "InvalidStateError", "SyntaxError", "InvalidModificationError",
  "NamespaceError", "InvalidAccessError", "", "TypeMismatchError", "SecurityError", "NetworkError", "AbortError", "URLMismatchError",
  "QuotaExceededError", "TimeoutError", "InvalidNodeTypeError", "DataCloneError",
];

export let isDOMException: (value: unknown) => value is DOMException;

export class DOMException extends Error {
  readonly #name: string;
  readonly #message: string;

  constructor(message: unknown = "", name: unknown = "Error") {
    super();
    this.#message = String(message);
    if (typeof name === "object" && name !== null) {
      const options = name as { name?: unknown; cause?: unknown };
      this.#name = options.name === undefined ? "Error" : String(options.name);
      if ("cause" in options) Object.defineProperty(this, "cause", { value: options.cause, writable: true, configurable: true });
    } else {
      this.#name = String(name);
    }
  }
  override get name(): string {
    return this.#name;
  }
  override get message(): string {
    return this.#message;
  }
  get code(): number {
    return codes.indexOf(this.#name) + 1;
  }
  get [Symbol.toStringTag](): string {
    return "DOMException";
  }
  static {
    isDOMException = (value): value is DOMException => typeof value === "object" && value !== null && #name in value;
  }
}

/** The constants, in order of code (WebIDL section 4.3). */
const constants =
  "INDEX_SIZE DOMSTRING_SIZE HIERARCHY_REQUEST WRONG_DOCUMENT INVALID_CHARACTER NO_DATA_ALLOWED NO_MODIFICATION_ALLOWED NOT_FOUND " +
  "NOT_SUPPORTED INUSE_ATTRIBUTE INVALID_STATE SYNTAX INVALID_MODIFICATION NAMESPACE INVALID_ACCESS VALIDATION TYPE_MISMATCH SECURITY " +
  "NETWORK ABORT URL_MISMATCH QUOTA_EXCEEDED TIMEOUT INVALID_NODE_TYPE DATA_CLONE";

constants.split(" ").forEach((name, i) => {
  for (const target of [DOMException, DOMException.prototype]) Object.defineProperty(target, name + "_ERR", { value: i + 1, enumerable: true });
});

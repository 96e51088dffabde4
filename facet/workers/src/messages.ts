/**
 * The wire between Go and the runtime; facet/js mirrors the numbers. Messages
 * from Go (a, s1, s2, s3, body as listed):
 */
export const enum In {
  /**
   * s1 script, s2 class name, s3 JSON {id, name, hasName, plain,
   * compatibilityDate, compatibilityFlags, grants}; grants, as in facet.proto,
   * with keys in base64: {facets, depth, namespaces: [{name, key}], loaders, exports:
   * [{name, key}], outbound}, absent for nothing; body: props and env, two encoded
   * values: length of the first as four little-endian bytes, the first, the
   * second; an empty value means {}. Evaluate the script under the name
   * "facetd:worker" (places in stacks are mapped back from that name). Answer
   * Loaded or Error with call 0. a: bits INSPECT and ENTRYPOINT. INSPECT: construct
   * nothing, answer Loaded with s1 = JSON [[export name, 0 other | 1 DurableObject class | 2
   * entrypoint], …]. ENTRYPOINT: s2 names an entrypoint, there is no storage.
   */
  Load = 1,
  /**
   * a: bits HAS_BODY and BODY_COMPLETE. s1 method, s2 url, s3 headers flattened
   * name NUL value NUL (Latin-1 widened), body: first bytes.
   */
  Fetch = 2,
  /** a: 1 when this is the end of the request body. */
  Chunk = 3,
  /** a: bytes of response body that may be sent beyond what was allowed before. */
  Credit = 4,
  /**
   * a: number of the export that is called, 0 for the instance. s1 method, s2 details
   * (docs/projects.md, References), body: encoded array of arguments.
   */
  Rpc = 5,
  /** The caller is gone: abort the request's signal, stop its response body. */
  Cancel = 6,
  Timer = 7,
  /** a: everything up to this sequence is durable. Sent only after sync() asked for it. */
  Synced = 8,
  /** The watchdog ended the turn that belonged to `call`: fail that call. */
  CpuLimit = 9,
  /** The engine's own: an unhandled rejection; the runtime logs it (s1 text). */
  Rejection = 10,
  /**
   * The answer to a HostFetch; `call` is even here and below. a: status, bit 16
   * set: body to follow as Chunk; FORWARDED: it has answered the call of FORWARD. s1 status text, s2 empty, s3 headers flattened
   * (Latin-1 widened), body.
   */
  HostResponse = 11,
  /** The answer to a HostRpc. s2 details, body: encoded value. */
  HostResult = 12,
  /** A host call failed. a: Failure kind, bit 16 set: durableObjectReset, bit 18: overloaded. s1 name, s2 message. */
  HostError = 13,
  /**
   * A call (odd id) of a function that a target or another answer named. a: its
   * number, body: encoded arguments. Answer RpcResult or Error.
   */
  Callback = 14,
  /** Exports are held less often; call 0. s1: JSON, list of [export, count]. */
  Release = 15,
  /** A message of the WebSocket that call is: a: 1 for a text in s1, else body. */
  WsMessage = 19,
  /** The last that the other end says. a: code, 1005 for none, 1006 where the connection broke; s1 reason. */
  WsClose = 20,
  /** The supervisor has answered a message (WsAuto). a: when, in milliseconds since 1970. */
  WsAnswered = 21,
  /**
   * Run the alarm() handler. s1 JSON {scheduledTime, retryCount, drop}: the alarm
   * that is due, in milliseconds since the epoch, 0 to be told only; drop: take it
   * away without running the handler. Before the answer (RpcResult without a value,
   * or Error) Out.Alarm says what comes next, except after an Error.
   */
  Alarm = 23,
}

/** Messages to Go. */
export const enum Out {
  Loaded = 1,
  /** a: status; bit 16 set: has body to follow as Chunk (else body is complete). s1 status text, s2 headers flattened, body. */
  Response = 2,
  /** a: 1 at the end. */
  Chunk = 3,
  /** s2 details (docs/projects.md, References), body: encoded value. */
  RpcResult = 4,
  /** a: Failure kind, bit 16 set: durableObjectReset, bit 18: overloaded. s1 error class name, s2 message, s3 stack. Ends the call. */
  Error = 5,
  /** a: bytes of request body consumed. */
  Credit = 6,
  /** a: Failure kind. s1 name, s2 message. */
  Broken = 7,
  /** Written by native.log: a level, s1 text. */
  Log = 8,
  /**
   * Opens a host call; `call` is even, and larger than before. a: bits HAS_BODY,
   * BODY_COMPLETE and WEB_SOCKET; FORWARD times the call that the answer is to answer,
   * too, or 0 (RequestHead.forward in facet.proto). s1 method, s2 url, s3 headers flattened; body: length of the
   * target as four little-endian bytes, the target (JSON, docs/projects.md), first
   * bytes of the request's body.
   */
  HostFetch = 9,
  /** Opens a host call. s1 method, s2 details; body: target as above, encoded array of arguments. */
  HostRpc = 10,
  /** The answer to a host call is not wanted. */
  HostCancel = 11,
  /** Handles are dropped; call 0. s1: JSON, list of handles. */
  Release = 12,
  /** a: 1 for a text; body: the message. */
  WsMessage = 16,
  /** a: code as of In.WsClose, s1 reason. */
  WsClose = 17,
  /** a: bits 1 accept, 2 hibernate, 4 attachment. s1 JSON of the tags or empty; body: the attachment, an encoded value. */
  WsState = 18,
  /** call 0; a: 1 set, 0 none. s1 request, s2 response. */
  WsAuto = 19,
  /** The engine's own, ahead of the other messages of a turn whose commit may have changed the alarm. a: its time, -1 for none. */
  Alarm = 20,
  /** What a call did, for the tails of the worker; call 0. s1: JSON, docs/projects.md. */
  Trace = 21,
  /** A piece of what comes ahead of a callback's answer; body. An open transaction does not hold it back. */
  Part = 24,
  /**
   * Opens a call, of an even id, that the runner answers: a computation for
   * crypto.subtle or a stream. a: the call on whose behalf. s1: JSON, the Request of facet/internal/compute; body: its parts.
   */
  Compute = 25,
}

/** The largest encoded value or opening body that fits one message to the supervisor, in bytes. */
export const MAX_VALUE = (4 << 20) - 16384;

/** Failure kinds, as in facet.proto. */
export const enum FailureKind {
  Exception = 1,
  CpuLimit = 2,
  BodyTooLarge = 3,
  NoHandler = 4,
  Start = 5,
  Aborted = 6,
  Internal = 7,
}

/** Added to a FailureKind in Out.Error's `a`: the instance was reset. */
export const RESET = 1 << 16;
/** Added to the `a` of Out.RpcResult and Out.Error: the answer of a callback or an export, which an open transaction does not hold back. */
export const PASSES = 1 << 17;
/** Added to a FailureKind: a callee had no place for the call. */
export const OVERLOADED = 1 << 18;
/** Added to a status in Out.Response's `a`: the body follows as chunks. */
export const BODY_FOLLOWS = 1 << 16;
/** Bits of In.Load's `a`. */
export const INSPECT = 1;
export const ENTRYPOINT = 2;
/** Bits of In.Fetch's and Out.HostFetch's `a`. */
export const HAS_BODY = 1;
export const BODY_COMPLETE = 2;
/** The answer may be a WebSocket. */
export const WEB_SOCKET = 4;
export const FORWARD = 8;
/** Added to a status in In.HostResponse's `a`. */
export const FORWARDED = 1 << 17;

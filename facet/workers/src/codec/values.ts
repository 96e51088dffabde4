import { native } from "../native.ts";
import { decodeCBOR, type RefReader } from "./decode.ts";
import { encodeCBOR, type RefWriter } from "./encode.ts";
import { jsonExact } from "./exact.ts";
import { heapLimits, tooDeep, wireLimits } from "./limits.ts";
import { malformed } from "./reader.ts";
import { FORM_CBOR, FORM_JSON } from "./tags.ts";

/** The longest JSON text that cannot be nested too deep: a level takes two characters. */
const SHALLOW = 2 * wireLimits.depth;

/** Encodes for the wire what JSON keeps exactly: form byte and rest, standing for its UTF-8; undefined for anything else. */
export function encodePlain(value: unknown): string | undefined {
  return jsonExact(value, true) ? "J" + JSON.stringify(value) : undefined;
}

/** Encodes any value for the wire; refs takes what has no encoding. */
export function encodeWith(value: unknown, refs: RefWriter): Uint8Array {
  return encodeCBOR(value, wireLimits, refs);
}

/** Decodes what came over the wire; refs gives what the value refers to. Throws DataCloneError. */
export function decodeWith(bytes: Uint8Array, refs: RefReader | undefined): unknown {
  switch (bytes[0]) {
    case FORM_CBOR:
      return decodeCBOR(bytes, wireLimits, refs);
    case FORM_JSON:
      return decodeJSON(bytes.subarray(1));
    default:
      throw malformed("its form is unknown");
  }
}

function decodeJSON(text: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(native.utf8Decode(text, 3));
  } catch {
    throw malformed("it is not JSON in UTF-8");
  }
  if (text.length > SHALLOW) checkDepth(value, 1);
  return value;
}

function checkDepth(v: unknown, depth: number): void {
  if (typeof v !== "object" || v === null) return;
  if (depth > wireLimits.depth) throw tooDeep(wireLimits);
  for (const child of Array.isArray(v) ? v : Object.values(v)) checkDepth(child, depth + 1);
}

/** Encodes for the key-value table: JSON as text, the rest as a blob. */
export function encodeStored(value: unknown): string | Uint8Array {
  return jsonExact(value) ? JSON.stringify(value) : encodeCBOR(value, wireLimits);
}

/** Decodes what this instance or an earlier one stored. */
export function decodeStored(stored: string | ArrayBuffer): unknown {
  return typeof stored === "string" ? JSON.parse(stored) : decodeCBOR(new Uint8Array(stored), wireLimits);
}

/** The structured clone of a value within the heap. */
export function clone<T>(value: T): T {
  if (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol") return value;
  return decodeCBOR(encodeCBOR(value, heapLimits), heapLimits) as T;
}

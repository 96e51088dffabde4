import assert from "assert/";

export const {
  AssertionError, deepEqual, deepStrictEqual, doesNotMatch, doesNotReject, doesNotThrow, equal, fail, ifError, match, notDeepEqual, notDeepStrictEqual, notEqual,
  notStrictEqual, ok, rejects, strict, strictEqual, throws,
} = assert;
export default assert;

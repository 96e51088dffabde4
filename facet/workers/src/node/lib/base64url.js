import { invalidType, unknownEncoding } from "./errors.js";

// The encoding "base64url", which Node.js has since 15.7 and the library has not.
const is = (encoding) => typeof encoding === "string" && encoding.toLowerCase() === "base64url";
const toUrl = (text) => text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** Replaces what takes the name of an encoding, with Node.js's codes of errors; the library decodes both alphabets. */
export function addBase64url(Buffer) {
  const { from, alloc, isEncoding, byteLength } = Buffer;
  const prototype = Buffer.prototype;
  const { toString, write, fill, indexOf, lastIndexOf, includes } = prototype;
  const plain = (encoding) => (is(encoding) ? "base64" : encoding);
  const own = (o, methods) => {
    for (const name of Object.keys(methods)) Object.defineProperty(o, name, { value: methods[name], writable: true, configurable: true, enumerable: true });
  };
  own(Buffer, {
    from(value, encoding, length) {
      if (value === null || (typeof value !== "object" && typeof value !== "string")) throw invalidType("first", "string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object", value);
      if (typeof value === "string" && typeof encoding === "string" && encoding !== "" && !Buffer.isEncoding(encoding)) throw unknownEncoding(encoding);
      return from(value, plain(encoding), length);
    },
    alloc: (size, value, encoding) => alloc(size, value, plain(encoding)),
    byteLength: (value, encoding) => byteLength(value, plain(encoding)),
    isEncoding: (encoding) => is(encoding) || isEncoding(encoding),
  });
  own(prototype, {
    toString(encoding, start, end) {
      if (encoding !== undefined && encoding !== null && !Buffer.isEncoding(encoding)) throw unknownEncoding(encoding);
      return is(encoding) ? toUrl(toString.call(this, "base64", start, end)) : toString.apply(this, arguments);
    },
    write(...args) {
      return write.apply(this, args.map((arg, i) => (i === 0 ? arg : plain(arg))));
    },
    fill(value, start, end, encoding) {
      return fill.apply(this, [value, plain(start), plain(end), plain(encoding)].slice(0, arguments.length));
    },
    indexOf(value, at, encoding) { return indexOf.call(this, value, plain(at), plain(encoding)); },
    lastIndexOf(value, at, encoding) { return lastIndexOf.call(this, value, plain(at), plain(encoding)); },
    includes(value, at, encoding) { return includes.call(this, value, plain(at), plain(encoding)); },
  });
  for (const name of ["toString", "toLocaleString"]) Object.defineProperty(prototype, name, { value: prototype.toString, writable: true, configurable: true });
  for (const kind of ["BigUInt64", "UInt8", "UInt16", "UInt32", "UInt"]) aliases(prototype, kind);
}

/** Node.js has readUint8 beside readUInt8. */
function aliases(prototype, kind) {
  const other = kind.replace("UInt", "Uint");
  for (const verb of ["read", "write"]) {
    for (const end of ["", "LE", "BE"]) {
      const method = prototype[verb + kind + end];
      if (method !== undefined) Object.defineProperty(prototype, verb + other + end, { value: method, writable: true, configurable: true });
    }
  }
}

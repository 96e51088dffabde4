// readable-stream is Node.js's own streams, as its maintainers publish them.
import stream from "readable-stream/lib/ours/index.js";
import { addWeb } from "./lib/web_streams.js";

addWeb(stream);
export const {
  _isUint8Array, _uint8ArrayToBuffer, addAbortSignal, compose, destroy, Duplex, finished, isDisturbed, isErrored, isReadable, PassThrough, pipeline, promises, Readable,
  getDefaultHighWaterMark, setDefaultHighWaterMark, Stream, Transform, Writable,
} = stream;
export default stream;

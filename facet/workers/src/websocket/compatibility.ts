/** What the worker's compatibility date decides. */
export const compatibility = {
  /** Binary messages are Blobs unless binaryType says otherwise. */
  blobs: false,
  /** A close is answered with one, unless accept() allowed a half-open connection. */
  autoReply: false,
};

export function setCompatibilityDate(date: string): void {
  compatibility.blobs = date >= BLOBS;
  compatibility.autoReply = date >= AUTO_REPLY;
}

/** Dates of the peer's flags, found by trying. */
const BLOBS = "2026-03-17";
const AUTO_REPLY = "2026-04-07";

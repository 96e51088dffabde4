import { native } from "../native.ts";

/** As on the peer (fact L42): now() is an epoch time, the origin is the epoch. */
export class Performance {
  now(): number { return native.now(); }
  get timeOrigin(): number { return 0; }
  toJSON(): object { return { timeOrigin: 0 }; }
  get [Symbol.toStringTag](): string { return "Performance"; }
}

export class Navigator {
  get userAgent(): string { return "Cloudflare-Workers"; }
  get hardwareConcurrency(): number { return 1; }
  get language(): string { return "en"; }
  get [Symbol.toStringTag](): string { return "Navigator"; }
}

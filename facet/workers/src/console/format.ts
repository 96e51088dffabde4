import { inspect } from "./inspect.ts";

/** Longest log line, in UTF-16 units. */
const MAX_LINE = 8 * 1024;

/** format joins the arguments of console.log as the Console standard's formatter does. */
export function format(args: readonly unknown[]): string {
  if (args.length === 1 && typeof args[0] === "string") return bound(args[0]);
  let text = "";
  let i = 0;
  if (typeof args[0] === "string" && args.length > 1) {
    i = 1;
    text = bound(args[0]).replace(/%[sdifoOjc%]/g, (directive) => {
      if (directive === "%%") return "%";
      return i < args.length ? substitute(directive, args[i++]) : directive;
    });
  }
  for (; i < args.length && text.length <= MAX_LINE; i++) {
    const v = args[i];
    text += (i === 0 ? "" : " ") + (typeof v === "string" ? v : inspect(v));
  }
  return bound(text);
}

function substitute(directive: string, v: unknown): string {
  switch (directive) {
    case "%s":
      return typeof v === "string" ? v : inspect(v);
    case "%d":
    case "%i":
      return typeof v === "symbol" || typeof v === "object" ? "NaN" : String(directive === "%i" ? parseInt(String(v), 10) : Number(v));
    case "%f":
      return typeof v === "symbol" ? "NaN" : String(parseFloat(String(v)));
    case "%j":
      try {
        return JSON.stringify(v);
      } catch {
        return "[Circular]";
      }
    case "%c":
      return "";
    default:
      return inspect(v);
  }
}

function bound(s: string): string {
  return s.length <= MAX_LINE ? s : `${s.slice(0, MAX_LINE - 40)}… ${s.length - MAX_LINE + 40} more characters`;
}

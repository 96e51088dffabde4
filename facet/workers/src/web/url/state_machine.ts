import source from "lazy:url";
import { evaluateLibrary } from "../../lazy/evaluate.ts";

/** What is used of whatwg-url; loaded when the fast path has refused a URL. */
export interface Record {
  scheme: string;
  username: string;
  password: string;
  host: string | number | number[] | null;
  port: number | null;
  path: string | string[];
  query: string | null;
  fragment: string | null;
}

interface StateMachine {
  basicURLParse(input: string, options?: { baseURL?: Record | null; url?: Record; stateOverride?: string }): Record | null;
  serializeURLOrigin(url: Record): string;
  serializeHost(host: Record["host"]): string;
  setTheUsername(url: Record, username: string): void;
  setThePassword(url: Record, password: string): void;
  cannotHaveAUsernamePasswordPort(url: Record): boolean;
}

let loaded: StateMachine | undefined;

export function machine(): StateMachine {
  return (loaded ??= evaluateLibrary<StateMachine>(source, "facetd:url"));
}

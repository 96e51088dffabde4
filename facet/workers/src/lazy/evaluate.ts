import { native } from "../native.ts";

type Factory<T> = (domainToASCII: typeof native.domainToASCII) => T;

/** Evaluates a library that the bundler has put into the runtime as text. */
export function evaluateLibrary<T>(source: string, name: string): T {
  return (native.evaluate(source, name) as Factory<T>)(native.domainToASCII);
}

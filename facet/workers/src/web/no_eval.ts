/**
 * Code comes from modules only (fact L40). This is for parity with the peer, not
 * for security: the realm's own functions are all an application needs.
 */
const REFUSED = "Code generation from strings disallowed for this context";

export function disableEval(global: object): void {
  const define = (o: object, name: string, value: unknown) => Object.defineProperty(o, name, { value, writable: true, configurable: true });
  define(global, "eval", function (code: unknown): unknown {
    if (typeof code !== "string") return code;
    throw new EvalError(REFUSED);
  });
  const samples = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const sample of samples) {
    const prototype = Object.getPrototypeOf(sample) as { constructor: { name: string } };
    const { name } = prototype.constructor;
    const refused = { [name]: function (): never { throw new EvalError(REFUSED); } }[name]!;
    Object.defineProperty(refused, "prototype", { value: prototype });
    if (name !== "Function") Object.setPrototypeOf(refused, Function);
    define(prototype, "constructor", refused);
    if (name === "Function") define(global, "Function", refused);
  }
}

/** Compiling WebAssembly at run time is refused likewise. */
export function disableWasmCompilation(global: Record<string, unknown>): void {
  const wasm = global.WebAssembly as Record<string, unknown> | undefined;
  if (wasm === undefined) return;
  const CompileError = wasm.CompileError as new (m: string) => Error;
  const error = (what: string) => new CompileError(`${what}: Wasm code generation disallowed by embedder`);
  for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) {
    wasm[name] = () => Promise.reject(error(`WebAssembly.${name}()`));
  }
  const Module = wasm.Module as { prototype: object };
  const refused = function (): never { throw error("WebAssembly.Module()"); };
  refused.prototype = Module.prototype;
  wasm.Module = refused;
}

import { refuseOutsideGlobalScope } from "../loop/current.ts";

let Compiler: (new (bytes: Uint8Array) => object) | undefined;

/** Compiles a module of the worker's (fact L24), while its modules are evaluated and not later. */
export function compileWasm(bytes: Uint8Array): object {
  if (Compiler === undefined) throw new Error("WebAssembly modules need the engine policy \"jit\".");
  refuseOutsideGlobalScope();
  return new Compiler(bytes);
}

/**
 * Code comes from modules only (fact L40). The engine refuses eval() and its
 * like; compiling WebAssembly at run time is refused here.
 */
export function disableWasmCompilation(global: Record<string, unknown>): void {
  const wasm = global.WebAssembly as Record<string, unknown> | undefined;
  if (wasm === undefined) return;
  const CompileError = wasm.CompileError as new (m: string) => Error;
  const error = (what: string) => new CompileError(`${what}: Wasm code generation disallowed by embedder`);
  for (const name of ["compile", "compileStreaming", "instantiate", "instantiateStreaming"]) {
    wasm[name] = () => Promise.reject(error(`WebAssembly.${name}()`));
  }
  const Module = wasm.Module as { prototype: object };
  Compiler = wasm.Module as new (bytes: Uint8Array) => object;
  const refused = function (): never { throw error("WebAssembly.Module()"); };
  refused.prototype = Module.prototype;
  wasm.Module = refused;
}

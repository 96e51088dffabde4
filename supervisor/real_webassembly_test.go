package supervisor

import (
	"strings"
	"testing"
)

// wasmProject loads a worker with a WebAssembly module that adds.
const wasmProject = `import { DurableObject } from "cloudflare:workers";
const W = ` + "`" + `import add from "./add.wasm"; import { WorkerEntrypoint } from "cloudflare:workers";
const { exports } = new WebAssembly.Instance(add);
const kept = typeof __facetd_module === "function" ? __facetd_module("facetd:wasm").compile : undefined;
const told = async (f) => { try { return String(await f()); } catch (e) { return e.name + ": " + e.message; } };
export default class extends WorkerEntrypoint {
  add(a, b) { return [add instanceof WebAssembly.Module, exports.add(a, b)].join(); }
  late(b) { return told(() => new WebAssembly.Module(b)); }
  later(b) { return told(() => kept(b)); }
}` + "`" + `;
// (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
const ADD = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
export class Root extends DurableObject {
  async fetch(r) {
    const { pathname } = new URL(r.url), wasm = pathname === "/broken" ? ADD.slice(0, 20) : pathname === "/large" ? new Uint8Array([...ADD, 0, 129, 160, 24, 0, ...new Uint8Array(397312)]) : ADD;
    const load = () => this.env.LOADER.load({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": W, "add.wasm": { wasm } }, globalOutbound: null }).getEntrypoint();
    try {
      if (pathname === "/late") return new Response(await load().late(ADD));
      if (pathname === "/later") return new Response(await load().later(ADD));
      return new Response(await load().add(40, 2));
    } catch (e) { return new Response(e.name + ": " + e.message); }
  }
}
export default { fetch(r, env) { return env.ROOT.getByName("root").fetch(r); } };`

func TestRealWasm(t *testing.T) {
	t.Run("jit", func(t *testing.T) {
		p := project(t, realHost(t, func(c *Config) { c.JIT = true }), wasmProject)
		want(t, p, "/", "true,42")
		want(t, p, "/large", "true,42")
		if _, got := get(p, "/broken"); !strings.HasPrefix(got, "Error: Failed to start Worker:") || !strings.Contains(got, "CompileError: WebAssembly.Module doesn't parse at byte") {
			t.Errorf("broken: %q", got)
		}
		want(t, p, "/late", "CompileError: WebAssembly.Module(): Wasm code generation disallowed by embedder")
		want(t, p, "/later", "Error: This is possible only while the worker's modules are evaluated.")
	})
	t.Run("hardened", func(t *testing.T) {
		p := project(t, realHost(t, nil), wasmProject)
		want(t, p, "/", `Error: Module "add.wasm" is WebAssembly, which the engine policy "hardened" of this host does not have: it needs the policy "jit" (facetd serve --policy jit, or Config.JIT).`)
	})
}

package supervisor

import "encoding/json"

// WorkerCode is the code of a worker and what it gets. Buffers in it are not
// changed, and are not to be changed while a host uses it.
type WorkerCode struct {
	// CompatibilityDate, "2026-04-01", is required (fact L17).
	CompatibilityDate  string
	CompatibilityFlags []string
	// MainModule is the name, in Modules, of the module whose exports are the
	// classes.
	MainModule string
	// Modules by their names. Imports are resolved among them; nothing else
	// can be imported but "cloudflare:workers". At most 64 MiB in all.
	Modules map[string]Module
	// Packages makes imports that are no paths name packages whose files are
	// among Modules under node_modules, as in Node.js. Otherwise they are paths,
	// from the importing module's folder or from the root.
	Packages bool
	// Links are package folders that are symbolic links, by their names, and the
	// folders among Modules that they lead to, whose own packages are then looked
	// for from there (as pnpm lays them out). At most 10,000.
	Links map[string]string
	// Env is the env object of the classes: structured-clone values, at most
	// 1 MiB encoded. A *Stub or a Class in it is passed by reference (facts F87,
	// L32): the code gets the stub itself, and nothing else of what it leads to. nil
	// means {}.
	Env map[string]any
	// GlobalOutbound is where global fetch() goes; nil means nowhere. Workers that
	// this one loads inherit it unless they say something else.
	GlobalOutbound Outbound
	// Tails are entrypoints whose tail() is told what each call of the worker did
	// (fact L36): stubs that other workers may use, ten at most.
	Tails []*Stub
	// Limits replace the host's for facets of this worker; zero fields keep
	// them. nil means the host's. Limits that the kernel enforces and that
	// differ from the host's cannot use a waiting runner.
	Limits *Limits

	// release gives back what holding large code in memory takes; nil for nothing.
	release func()
}

// Module is one module of a worker.
type Module struct {
	kind    moduleKind
	content []byte
	err     error
}

type moduleKind int32

// The kinds, with the numbers of facet.proto.
const (
	kindJS moduleKind = iota + 1
	kindText
	kindData
	kindJSON
	kindCJS
	kindWasm
)

// JS is a JavaScript module; its name ends in .js, .mjs or .jsx.
func JS(source string) Module { return Module{kind: kindJS, content: []byte(source)} }

// TS is a TypeScript module; its name ends in .ts, .mts or .tsx. The types are
// removed, not checked.
func TS(source string) Module { return Module{kind: kindJS, content: []byte(source)} }

// CJS is a CommonJS module.
func CJS(source string) Module { return Module{kind: kindCJS, content: []byte(source)} }

// Text imports as a string (fact L24).
func Text(s string) Module { return Module{kind: kindText, content: []byte(s)} }

// Data imports as an ArrayBuffer. It copies b (fact L25).
func Data(b []byte) Module { return Module{kind: kindData, content: append([]byte(nil), b...)} }

// Wasm imports as a WebAssembly.Module (fact L24). It needs a host with the engine
// policy of [Config.JIT]: the other has no WebAssembly. It copies b (fact L25).
func Wasm(b []byte) Module { return Module{kind: kindWasm, content: append([]byte(nil), b...)} }

// JSONText imports as the value that the JSON text stands for. The text is parsed
// in the sandbox; what is wrong with it is a *BuildError.
func JSONText(s string) Module { return Module{kind: kindJSON, content: []byte(s)} }

// JSON imports as the value v, encoded with encoding/json now; an error shows
// when the worker is built.
func JSON(v any) Module {
	b, err := json.Marshal(v)
	return Module{kind: kindJSON, content: b, err: err}
}

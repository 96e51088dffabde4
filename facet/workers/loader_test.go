package workers_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// answerLoader is a supervisor with one loader: a call of a worker loads it by its
// callback, once for each id, and answers with what the callback gave. A facet
// answers with the code of its class.
func answerLoader() func(*peer, hostCall) {
	loaded := map[string]bool{}
	load := func(p *peer, worker *string, callback int, then func(code string)) {
		key := fmt.Sprint("number ", callback)
		if worker != nil {
			key = *worker
		}
		if loaded[key] {
			then("again")
			return
		}
		p.callback(callback, func(code string) {
			p.note("load")
			loaded[key] = !strings.HasPrefix(code, "!")
			then(code)
		})
	}
	reply := func(p *peer, c hostCall, text string) {
		if strings.HasPrefix(text, "!") {
			class, message, _ := strings.Cut(text[1:], ": ")
			p.fail(c, 1, class, message)
			return
		}
		if strings.HasPrefix(text, "J") {
			p.result(c, text[1:])
			return
		}
		p.result(c, quoted(text))
	}
	return func(p *peer, c hostCall) {
		t := parseTarget(c.target)
		switch {
		case t.Host != nil && c.method == "loaders.load":
			var args []any
			_ = json.Unmarshal([]byte(c.rest[1:]), &args)
			worker, _ := args[1].(string)
			p.note("soon %s", worker)
			load(p, &worker, int(args[2].(float64)), func(string) { p.result(c, "null") })
		case t.Entrypoint != nil:
			e := t.Entrypoint
			p.note("entry %s %s %s %s", value(e.Loader), value(e.Worker), e.Name, e.Props)
			load(p, e.Worker, e.Callback, func(code string) { reply(p, c, code) })
		case t.Facet != nil:
			p.callback(t.Facet.Callback, func(answer string) {
				var o struct {
					Class struct {
						Loader, Worker *string
						Callback       int
						Name           string
						Props          json.RawMessage
					}
				}
				if json.Unmarshal([]byte(strings.TrimPrefix(answer, "J")), &o) != nil {
					reply(p, c, answer)
					return
				}
				p.note("class %s %s %s %s", value(o.Class.Loader), value(o.Class.Worker), o.Class.Name, o.Class.Props)
				load(p, o.Class.Worker, o.Class.Callback, func(code string) { reply(p, c, code) })
			})
		case t.Object != nil:
			o := t.Object
			p.note("object %s %s %s", o.Namespace, o.ID, value(o.Name))
			p.result(c, c.rest[1:])
		}
	}
}

// quoted is a string in JSON as JSON.stringify writes it.
func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

func value(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

const loaderPrelude = scriptPrelude + `
const own = e => Object.entries(e).map(([k, v]) => k + "=" + v).join();
const told = async p => { try { return await p } catch (e) { return e.constructor.name + ": " + e.message } };
const tick = () => new Promise(r => setTimeout(r, 5));
const CODE = {compatibilityDate: "2026-04-01", mainModule: "w.js", modules: {"w.js": "x"}};
const using = more => ({...CODE, ...more});
export class Child extends DurableObject {}
export class Spaced extends DurableObject {}
export class Entry extends WorkerEntrypoint {}
`

func namespaceKey() []byte { return []byte(strings.Repeat("k", 32)) }

func idFromName(name string) string {
	m := hmac.New(sha256.New, namespaceKey())
	m.Write([]byte("n" + name))
	return hex.EncodeToString(m.Sum(nil))
}

// loads is a row about code: what a worker's call says of it.
func loads(name, more, want string) hostRow {
	return hostRow{name, fmt.Sprintf(`return told(env.LOADER.load(%s).getEntrypoint().m())`, more), quoted(want), "*"}
}

var loaderRows = []hostRow{
	{"L2 two methods", `return Object.getOwnPropertyNames(Object.getPrototypeOf(env.LOADER)).filter(n => n !== "constructor").sort()`, `["get","load"]`, ""},
	{"L3 load", `const e = env.LOADER.load(CODE).getEntrypoint(); return [await e.a(), await e.b()]`, `[{"compatibilityDate":"2026-04-01","mainModule":"w.js","modules":{"w.js":"x"}},"again"]`, "entry LOADER - default ; load; entry LOADER - default "},
	{"L3 each load is another", `const a = env.LOADER.load(CODE), b = env.LOADER.load(CODE); await a.getEntrypoint().m(); return (await b.getEntrypoint().m()).mainModule`, `"w.js"`, "*"},
	{"L4 soon, once", `let n = 0; env.LOADER.get("l4" + crypto.randomUUID(), () => { n++; return CODE }); const before = n; while (n === 0) await tick(); return [before, n]`, `[0,1]`, "*"},
	{"L4 not twice", `let n = 0; const w = env.LOADER.get("l4b", () => { n++; return CODE }); await w.getEntrypoint().m(); await tick(); return n`, `1`, "entry LOADER l4b default ; load"},
	{"L5 the first code wins", `let n = 0; await env.LOADER.get("l5", () => CODE).getEntrypoint().m(); await env.LOADER.get("l5", () => { n++ }).getEntrypoint().m(); await tick(); return n`, `0`, "entry LOADER l5 default ; load; entry LOADER l5 default "},
	{"L7 no id", `const one = async id => (await env.LOADER.get(id, () => CODE).getEntrypoint().m()).mainModule; return [await one(null), await one(undefined), await one(null)]`, `["w.js","w.js","w.js"]`, "entry LOADER - default ; load; entry LOADER - default ; load; entry LOADER - default ; load"},
	{"L8 the empty id", `return (await env.LOADER.get("", () => CODE).getEntrypoint().m()).mainModule`, `"w.js"`, "entry LOADER  default ; load"},
	{"no callback", `return fails(() => env.LOADER.get("x"))`, `"TypeError: Failed to execute 'get' on 'WorkerLoader': parameter 2 is not of type 'function'."`, ""},
	{"L13 names and props", `const w = env.LOADER.get("l13", () => CODE); await w.getEntrypoint("E", {props: {a: 1}}).m(); await w.getEntrypoint(null).m(); await w.getEntrypoint("default").m(); return String(w.getEntrypoint())`, `"[object Fetcher]"`, `entry LOADER l13 E J{"a":1}; load; entry LOADER l13 default ; entry LOADER l13 default `},
	{"F39 props are copied", `const props = {a: 1}; const e = env.LOADER.get("f39", () => CODE).getEntrypoint("E", {props}); props.a = 2; await e.m(); return fails(() => env.LOADER.get("f39", () => CODE).getEntrypoint("E", {props: {f: Symbol("s")}}))`, `"DataCloneError: Symbol(s) could not be cloned."`, `entry LOADER f39 E J{"a":1}; load`},
	{"a facet's class", `return (await facets.get("a", () => ({class: env.LOADER.get("cls", () => CODE).getDurableObjectClass("C", {props: {p: 1}})})).m()).mainModule`, `"w.js"`, `class LOADER cls C {"p":1}; load`},
	{"a facet's class without an id", `return (await facets.get("b", async () => ({class: env.LOADER.load(CODE).getDurableObjectClass()})).m()).mainModule`, `"w.js"`, `class LOADER - default ; load`},
	{"the callback throws", `return [await told(env.LOADER.get("t", () => { throw new RangeError("cb") }).getEntrypoint().m()), await told(env.LOADER.get("t", () => CODE).getEntrypoint().m().then(() => "loaded"))]`, `["RangeError: cb","loaded"]`, "*"},
	loads("L17 no date", `using({compatibilityDate: undefined})`, "Error: Invalid compatibility date: undefined"),
	loads("L20 no modules", `using({modules: {}})`, "TypeError: Dynamic Worker code must contain at least one module."),
	loads("no modules at all", `using({modules: undefined})`, "TypeError: Incorrect type for the 'modules' field on 'WorkerCode': the provided value is not of type 'object'."),
	loads("L22 TypeScript", `using({modules: {"w.ts": "x"}})`, `TypeError: Module "w.ts" must be bundled first: a module whose content is a string is JavaScript, and its name must end in .js.`),
	loads("L22 other names", `using({modules: {"w.txt": "x"}})`, `TypeError: The name of module "w.txt" must end in .js, or its content must be an object that says its type.`),
	loads("L23 no type", `using({modules: {"w": {}}})`, `TypeError: Module "w" must have exactly one of 'js', 'cjs', 'text', 'data', 'json', 'py' and 'wasm'; it has 0.`),
	loads("L23 two types", `using({modules: {"w": {js: "", text: ""}}})`, `TypeError: Module "w" must have exactly one of 'js', 'cjs', 'text', 'data', 'json', 'py' and 'wasm'; it has 2.`),
	loads("Python", `using({modules: {"w": {py: ""}}})`, `TypeError: Module "w": Python modules are not supported.`),
	loads("WebAssembly", `using({modules: {"w": {wasm: "text"}}})`, `TypeError: Module "w": 'wasm' is not an ArrayBuffer or a view of one.`),
	loads("L33 function in env", `using({env: {f: () => 1}})`, "DOMException: () => 1 could not be cloned."),
	loads("L33 namespace in env", `using({env: {ns: env.NS}})`, "DOMException: Could not serialize object of type \"DurableObjectNamespace\". This type does not support serialization."),
	loads("L33 loader in env", `using({env: {l: env.LOADER}})`, "DOMException: Could not serialize object of type \"WorkerLoader\". This type does not support serialization."),
	loads("F86 entrypoint in env", `using({env: {e: env.LOADER.load(CODE).getEntrypoint()}})`, "DOMException: Entrypoints to dynamically-loaded workers cannot be transferred to other Workers, because the system does not know how to reload this Worker from scratch. Instead, have the parent Worker expose an entrypoint which constructs the dynamic worker and forwards to it."),
	loads("L37 limits", `using({limits: {cpuMs: 1.5}})`, "TypeError: Incorrect type for the 'cpuMs' field on 'DynamicWorkerLimits': the provided value is not an integer."),
	loads("L34 no stub", `using({globalOutbound: {}})`, "TypeError: Incorrect type for the 'globalOutbound' field on 'WorkerCode': the provided value is not of type 'Fetcher'."),
	loads("L34 a loaded worker", `using({globalOutbound: env.LOADER.load(CODE).getEntrypoint()})`, "DOMException: Entrypoints to dynamically-loaded workers cannot be transferred to other Workers, because the system does not know how to reload this Worker from scratch. Instead, have the parent Worker expose an entrypoint which constructs the dynamic worker and forwards to it."),
	loads("tails", `using({tails: [1]})`, "TypeError: Incorrect type for the 'tails' field on 'WorkerCode': the provided value is not of type 'Array<Fetcher>'."),
	{"L23 kinds, L38", `return env.LOADER.load(using({extra: 1, globalOutbound: null, limits: {cpuMs: 5}, compatibilityFlags: ["f"], env: {a: 1}, modules: {"a": {js: "1"}, "b": {cjs: "2"}, "c": {text: "3"}, "d": {json: {x: [1]}}}})).getEntrypoint().m()`,
		`{"compatibilityDate":"2026-04-01","mainModule":"w.js","modules":{"a":{"js":"1"},"b":{"cjs":"2"},"c":{"text":"3"},"d":{"json":"{\"x\":[1]}"}},"compatibilityFlags":["f"],"env":{"a":1},"globalOutbound":null,"limits":{"cpuMs":5}}`, "*"},
	{"L39 not an object", `return [fails(() => env.LOADER.load("x")), await told(env.LOADER.get("l39", () => "x").getEntrypoint().m())]`, `["TypeError: Failed to execute 'load' on 'WorkerLoader': parameter 1 is not of type 'WorkerCode'.","TypeError: Callback returned incorrect type; expected 'Promise'"]`, "*"},
	{"F86 class handle", `return told(get("x").m(env.LOADER.load(CODE).getDurableObjectClass()).then(String))`, `"DOMException: Entrypoints to dynamically-loaded workers cannot be transferred to other Workers, because the system does not know how to reload this Worker from scratch. Instead, have the parent Worker expose an entrypoint which constructs the dynamic worker and forwards to it."`, ""},
	{"own entrypoint", `return told(exports.Entry.m()).then(() => exports.Entry({props: 1}).m()).catch(() => 0).then(() => [typeof exports.Entry.length, typeof exports.Entry.name, typeof exports.Entry.then])`, `["function","function","undefined"]`, "*"},
	{"idFromName", `const id = env.NS.idFromName("x"); return [id.toString(), id.name, id.equals(env.NS.idFromName("x")), id.equals(env.NS.idFromName("y")), id.equals(exports.Spaced.idFromName("x")), String(id)]`, `["` + idFromName("x") + `","x",true,false,true,"` + idFromName("x") + `"]`, ""},
	{"idFromString", `const id = env.NS.idFromString("AB".repeat(32)); return [id.toString(), id.name ?? "none", fails(() => env.NS.idFromString("ab")), fails(() => env.NS.idFromString()), fails(() => env.NS.idFromName())]`, `["` + strings.Repeat("ab", 32) + `","none","TypeError: Invalid Durable Object ID: must be 64 hex digits","TypeError: Failed to execute 'idFromString' on 'DurableObjectNamespace': parameter 1 is not of type 'string'.","TypeError: Failed to execute 'idFromName' on 'DurableObjectNamespace': parameter 1 is not of type 'string'."]`, ""},
	{"newUniqueId", `const a = env.NS.newUniqueId(), b = env.NS.newUniqueId(); return [a.equals(b), /^[0-9a-f]{64}$/.test(a), a.name ?? "none", env.NS.idFromString(a.toString()).equals(a)]`, `[false,true,"none",true]`, ""},
	{"get", `const s = env.NS.get(env.NS.idFromName("n")); const r = await s.m(1); return [r, String(s), s.name, s.id.toString().length, s instanceof s.constructor, typeof s.then, s.constructor.name]`, `[[1],"[object DurableObject]","n",64,true,"undefined","DurableObjectStub"]`, "object NS " + idFromName("n") + " n"},
	{"get without a name", `return env.NS.get(env.NS.idFromString("cd".repeat(32))).m()`, `[]`, "object NS " + strings.Repeat("cd", 32) + " -"},
	{"get of something else", `return [fails(() => env.NS.get("x")), fails(() => env.NS.get(env.OTHER.idFromName("x")))]`, `["TypeError: Failed to execute 'get' on 'DurableObjectNamespace': parameter 1 is not of type 'DurableObjectId'.","TypeError: The Durable Object ID belongs to another namespace."]`, ""},
	{"own id", `return env.NS.get(ctx.id).m()`, `[]`, "object NS " + strings.Repeat("ab", 32) + " app"},
	{"getByName of ctx.exports", `return ctx.exports.Spaced.getByName("é").m()`, `[]`, "object Spaced " + idFromName("é") + " é"},
	{"stub not cloneable", `return [fails(() => structuredClone(env.NS.getByName("x"))), fails(() => structuredClone(exports.Entry)), fails(() => structuredClone(exports.Child))]`, `["DataCloneError: ServiceStub cannot be serialized in this context.","DataCloneError: Could not serialize object of type \"LoopbackServiceStub\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"LoopbackDurableObjectClass\". This type does not support serialization."]`, ""},
	{"illegal constructors", `return [env.NS, env.LOADER, env.NS.getByName("x"), exports.Child, exports.Entry, env.LOADER.load(CODE)].map(o => fails(() => new o.constructor()))`, `["TypeError: Illegal constructor","TypeError: Illegal constructor","TypeError: Illegal constructor","TypeError: Illegal constructor","TypeError: Illegal constructor","TypeError: Illegal constructor"]`, ""},
}

func TestLoaderAndNamespaces(t *testing.T) {
	p := startPeer(t, answerLoader())
	runHostRows(t, p, loaderPrelude, grants{
		Facets: true, Loaders: []string{"LOADER"},
		Namespaces: []binding{{"NS", namespaceKey()}, {"OTHER", make([]byte, 32)}},
		Exports:    []binding{{"Spaced", namespaceKey()}},
	}, loaderRows)
}

func TestDepth(t *testing.T) {
	r := start(t)
	for _, c := range []struct {
		grants grants
		want   string
	}{
		{grants{Facets: true, Depth: 3}, `"none"`},
		{grants{Facets: true, Depth: 4}, `"Error: Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4."`},
		{grants{}, `"Error: Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4."`},
	} {
		source := importDO + `export class App extends DurableObject { f() { const {facets} = this.ctx; facets.delete("a"); try { facets.get("x", () => 1) } catch (e) { return String(e) } return "none" } }`
		if m := r.load(t, code{source: source, class: "App", about: about{Grants: c.grants}}); m.Kind != js.OutLoaded {
			t.Fatalf("%s: %s", m.S1, m.S2)
		}
		if got, err := r.rpc(t, "f", "[]"); err != nil || got != c.want {
			t.Errorf("F84: grants %+v: got %s, %v, want %s", c.grants, got, err, c.want)
		}
	}
}

package workers_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// refsSource has the methods that stubs lead to; the same as those that were
// asked of the peer.
const refsSource = `import {DurableObject, WorkerEntrypoint, RpcTarget, RpcStub, RpcPromise, RpcProperty, ServiceStub, env, exports} from "cloudflare:workers";
let log = [];
const sleep = ms => new Promise(r => setTimeout(r, ms));
const name = e => (e instanceof Error ? e.name : typeof e) + ": " + (e?.message ?? e);
const thrown = async f => { try { const v = await f(); return ["no error", typeof v === "function" ? String(v) : v] } catch (e) { return name(e) } };
// A call there and back: what was given up before has arrived by then.
const taken = async ms => { await sleep(ms ?? 10); await exports.Svc.num(); await exports.Svc.num(); return log.splice(0) };
class Counter extends RpcTarget {
  #i; #log = log; own = 5; fn = () => 1;
  constructor(i, name) { super(); this.#i = i; this.name = name }
  increment(n) { return this.#i += n }
  get value() { return this.#i }
  get self() { return this }
  boom() { throw new RangeError("boom") }
  [Symbol.dispose]() { this.#log.push("disposed " + this.name) }
}
class Plain { foo() { return 1 } x = 1 }
export class Svc extends WorkerEntrypoint {}
export class Child extends DurableObject {}
export class App extends DurableObject {
  inst = () => 1;
  counter(i, name) { return new Counter(i, name) }
  echo(...a) { return a.length === 1 ? a[0] : a }
  types(...a) { return a.map(x => [typeof x, String(x), x?.constructor?.name]) }
  async call(f, ...a) { return await f(...a) }
  async callM(f, m, ...a) { return await f[m](...a) }
  plainTop() { return new Plain() }
  obj(n) { return {foo: 1, counter: new Counter(n, "inobj"), f: x => x * 2, deep: {g: () => "g"}} }
  objD(n) { return {f: () => n, [Symbol.dispose]() { log.push("objD disposed") }} }
  get prop() { return {foo: 1, f: x => x + 1, deep: {f: (a, b) => a / b}, c: new Counter(5, "prop"), plain: new Plain(), text: "hello", n: null} }
  get pprop() { return sleep(1).then(() => 9) }
  get tprop() { throw new Error("PT") }
  num() { return 5 } str() { return "text" } nul() { return null } und() {} arr() { return [1, {a: 1}] } date() { return new Date(5) }
  map() { return new Map([[1, () => 7]]) }
  throwing() { throw new TypeError("MT") }
  fnx() { const f = (a, b) => a ^ b; f.someProperty = 123; f.obj = {x: {y: 1}}; return f }
  async keep(f) { this.kept = f.dup(); this.raw = f; return 1 }
  async useKept(...a) { return await this.kept(...a) }
  async useRaw(...a) { return await this.raw(...a) }
  async disposeTest(c) { const n = await c.increment(1); const d = c.dup(); return {n, c, orig: x => c.increment(x), dup: x => d.increment(x), [Symbol.dispose]() { d[Symbol.dispose]() }} }
  isSame(a, b) { return a === b }
  alarm() {}
  stub() { return exports.Svc({props: {a: 1}}) }
  cls() { return exports.Child({props: {b: 2}}) }
  stream(n) { let i = 0; return new ReadableStream({pull(c) { if (i++ === n) c.close(); else c.enqueue(new Uint8Array(40000).fill(i)) }}) }
  async readAll(s) { return await new Response(s).text() }
  async writeTo(w) { const wr = w.getWriter(); await wr.write(new TextEncoder().encode("foo")); await wr.write(new Uint8Array(70000)); await wr.close() }
  async leaveWriter(w) { w.getWriter() }
  async req(r) { return [r instanceof Request, r.method, r.url, [...r.headers], await r.text(), r.redirect] }
  async resp(r) { return [r instanceof Response, r.status, r.statusText, [...r.headers], await r.text()] }
  getResp() { return new Response("body", {status: 207, headers: {"x-a": "1"}}) }
  getReq() { return new Request("http://x/y", {method: "POST", body: "bb"}) }
  getHeaders() { return new Headers([["a", "1"], ["set-cookie", "x"], ["set-cookie", "y"]]) }
  garbage() { let a; for (let i = 0; i < 2000; i++) a = new Array(1000).fill(i); return a.length }
`

// refRow is a method's code and its result as JSON.
type refRow struct{ name, code, want string }

var refRows = []refRow{
	{"stub", `const c = await S.counter(1, "a"); return [typeof c, String(c), c.constructor.name, c instanceof RpcStub, Object.keys(c), typeof c.then, typeof c.foo, String(c.foo), c.foo.constructor.name, c.foo instanceof RpcProperty]`, `["function","[object JsRpcStub]","RpcStub",true,[],"undefined","function","[object JsRpcProperty]","RpcProperty",true]`},
	{"promise", `const p = S.num(); const r = [typeof p, String(p), p instanceof Promise, p.constructor.name, p instanceof RpcPromise, p.then(x => x) instanceof Promise]; return [...r, await p, await p.then(x => x + 1), await p.finally(() => {})]`, `["function","[object JsRpcPromise]",false,"RpcPromise",true,true,5,6,5]`},
	{"function", `const f = await S.fnx(); return [typeof f, await f(3, 6), await f.someProperty, await f.obj.x.y, await thrown(() => f.nope), await thrown(() => f.call(null, 3, 6)), await f.name]`, `["function",5,123,1,"TypeError: The RPC receiver does not implement the method \"nope\".","TypeError: The RPC receiver does not implement the method \"call\".","f"]`},
	{"pipelined", `const f = S.fnx(); return [await f(3, 6), await f.someProperty, await S.counter(12, "p").increment(3), await S.obj(5).foo, await S.obj(5).counter.increment(7), await S.obj(1).deep.g()]`, `[5,123,15,1,12,"g"]`},
	{"pipelined errors", `return Promise.all([() => S.throwing().foo, () => S.throwing().foo.bar(), () => S.num().foo, () => S.str().length, () => S.nul().foo, () => S.und().foo(), () => S.num()(), () => S.obj(1).nope, () => S.obj(1).foo(), () => S.arr().length, () => S.date().getTime(), () => S.map().get(1), () => S.obj(1).foo.bar].map(thrown))`,
		`["TypeError: MT","TypeError: MT","TypeError: The RPC receiver does not implement the method \"foo\".","TypeError: The RPC receiver does not implement the method \"length\".","TypeError: The RPC receiver does not implement the method \"foo\".","TypeError: The RPC receiver does not implement the method \"foo\".","TypeError: \"(this)\" is not a function.","TypeError: The RPC receiver does not implement the method \"nope\".","TypeError: \"foo\" is not a function.","TypeError: The RPC receiver does not implement the method \"length\".","TypeError: The RPC receiver does not implement the method \"getTime\".","TypeError: The RPC receiver does not implement the method \"get\".","TypeError: The RPC receiver does not implement the method \"foo\"."]`},
	{"index is no member", `return [typeof S.arr()[1], typeof (await S.counter(1))[0], typeof S["1x"]]`, `["undefined","undefined","function"]`},
	{"properties", `return [await S.prop.text, await S.prop.f(1), await S.prop.deep.f(6, 3), await S.prop.c.increment(3), await S.pprop, await S.prop.foo]`, `["hello",2,2,8,9,1]`},
	{"property errors", `return Promise.all([() => S.tprop, () => S.inst, () => S.inst(), () => S.prop.plain.foo(), () => S.prop.plain, () => S.prop.n.x, () => S.prop(), () => S.ctx.storage, () => S.alarm, () => S.dup(), () => S.prop].map(thrown))`,
		`["Error: PT","TypeError: The RPC receiver does not implement the method \"inst\".","TypeError: The RPC receiver does not implement the method \"inst\".","TypeError: The RPC receiver does not implement the method \"plain\".","DataCloneError: Could not serialize object of type \"Plain\". This type does not support serialization.","TypeError: The RPC receiver does not implement the method \"n\".","TypeError: \"prop\" is not a function.","TypeError: The RPC receiver does not implement the method \"ctx\".","TypeError: 'alarm' is a reserved method and cannot be called over RPC.","TypeError: 'dup' is a reserved method and cannot be called over RPC.","DataCloneError: Could not serialize object of type \"Plain\". This type does not support serialization."]`},
	{"members of a target", `const s = await S.counter(1); return Promise.all(["own", "fn", "name", "increment", "value", "fetch", "alarm", "self", "nope"].map(n => thrown(() => s[n])).concat(thrown(() => s.value()), thrown(() => s.boom())))`,
		`["TypeError: The RPC receiver does not implement the method \"own\".","TypeError: The RPC receiver does not implement the method \"fn\".","TypeError: The RPC receiver does not implement the method \"name\".",["no error","[object JsRpcStub]"],["no error",1],"TypeError: The RPC receiver does not implement the method \"fetch\".","TypeError: The RPC receiver does not implement the method \"alarm\".",["no error","[object JsRpcStub]"],"TypeError: The RPC receiver does not implement the method \"nope\".","TypeError: \"value\" is not a function.","RangeError: boom"]`},
	{"what travels", `return S.types(() => 1, new Counter(1), new RpcStub(() => 1), S({}), exports.Child({}), new Headers(), new Request("http://x/"), new Response("x"), new ReadableStream({}), new WritableStream({}), class {}, async () => 1)`,
		`[["function","[object JsRpcStub]","RpcStub"],["function","[object JsRpcStub]","RpcStub"],["function","[object JsRpcStub]","RpcStub"],["object","[object Fetcher]","ServiceStub"],["object","[object DurableObjectClass]","DurableObjectClass"],["object","[object Headers]","Headers"],["object","[object Request]","Request"],["object","[object Response]","Response"],["object","[object ReadableStream]","ReadableStream"],["object","[object WritableStream]","WritableStream"],["function","[object JsRpcStub]","RpcStub"],["function","[object JsRpcStub]","RpcStub"]]`},
	{"what does not", `return Promise.all([S, new Plain(), {__proto__: null, x: 1}, new URL("http://x"), new WeakMap(), Promise.resolve(1), Symbol("q"), exports, exports.Child, S.num(), S.prop, ctx, facets.get("x", () => 1)].map(v => thrown(() => S.echo({v}))))`,
		`["DataCloneError: Could not serialize object of type \"LoopbackServiceStub\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"Plain\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"Object\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"URL\". This type does not support serialization.","DataCloneError: #<WeakMap> could not be cloned.","DataCloneError: #<Promise> could not be cloned.","DataCloneError: Symbol(q) could not be cloned.","DataCloneError: Could not serialize object of type \"LoopbackDurableObjectClass\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"LoopbackDurableObjectClass\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"RpcPromise\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"RpcProperty\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"DurableObjectState\". This type does not support serialization.","DataCloneError: Stubs pointing to Durable Object facets are not serializable."]`},
	{"stored", `return Promise.all([() => 1, new Counter(1), S({}), new RpcStub(() => 1), new ReadableStream({}), exports.Child({})].map(v => thrown(() => ctx.storage.kv.put("k", v))))`,
		`["DataCloneError: () => 1 could not be cloned.","DataCloneError: Remote RPC references can only be serialized for RPC.","DataCloneError: ServiceStub cannot be serialized in this context.","DataCloneError: #<RpcStub> could not be cloned.","DataCloneError: ReadableStream can only be serialized for RPC.","DataCloneError: DurableObjectClass cannot be serialized in this context."]`},
	{"L33 in props", `return Promise.all([() => 1, new Counter(1), new RpcStub(() => 1), S, exports.Child, new Plain(), new ReadableStream({}), new Response("x"), S({}), exports.Child({}), new Headers()].map(s => thrown(() => String(S({props: {s}})))))`,
		`["DataCloneError: () => 1 could not be cloned.","DataCloneError: Remote RPC references can only be serialized for RPC.","DataCloneError: RpcStub cannot be serialized in this context because it is not a persistent stub.","DataCloneError: Could not serialize object of type \"LoopbackServiceStub\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"LoopbackDurableObjectClass\". This type does not support serialization.","DataCloneError: Could not serialize object of type \"Plain\". This type does not support serialization.","DataCloneError: ReadableStream can only be serialized for RPC.","DataCloneError: ReadableStream can only be serialized for RPC.",["no error","[object Fetcher]"],["no error","[object Fetcher]"],["no error","[object Fetcher]"]]`},
	{"disposer of a result", `const r = []; for (const m of ["obj", "num", "str", "nul", "arr", "date"]) { const v = await S[m](1); r.push(v && typeof v === "object" ? [typeof v[Symbol.dispose], Object.getOwnPropertyDescriptor(v, Symbol.dispose).enumerable] : typeof v) } return r`, `[["function",false],"number","string","object",["function",false],["function",false]]`},
	{"no disposer of an argument", `return S.call(o => [Symbol.dispose in o, Object.getOwnPropertySymbols(o).length], {a: 1})`, `[false,0]`},
	{"dispose of a stub", `const c = await S.counter(1, "d1"); const v = await c.increment(1); c[Symbol.dispose](); c[Symbol.dispose](); return [v, await thrown(() => c.increment(1)), await thrown(() => c.value), await thrown(() => c.dup()), await thrown(() => S.echo(c)), await taken()]`, `[2,"Error: RPC stub used after being disposed.","Error: RPC stub used after being disposed.","Error: RPC stub used after being disposed.","Error: RPC stub used after being disposed.",["disposed d1"]]`},
	{"dispose of a result", `const o = await S.obj(1); o[Symbol.dispose](); return [await thrown(() => o.counter.increment(1)), await thrown(() => o.f(1)), await taken()]`, `["Error: RPC stub used after being disposed.","Error: RPC stub used after being disposed.",["disposed inobj"]]`},
	{"dispose of one of a result", `const o = await S.obj(1); o.counter[Symbol.dispose](); return [await o.f(4), await taken(), await thrown(() => o.counter.increment(1))]`, `[8,["disposed inobj"],"Error: RPC stub used after being disposed."]`},
	{"disposer of the callee", `const o = await S.objD(1); const before = await taken(); o[Symbol.dispose](); o[Symbol.dispose](); return [before, await taken()]`, `[[],["objD disposed"]]`},
	{"using", `let kept; { using o = await S.obj(1); kept = o.f; log.push(await kept(2)) } return [await taken(), await thrown(() => kept(1))]`, `[[4,"disposed inobj"],"Error: RPC stub used after being disposed."]`},
	{"target as argument", `const c = new Counter(3, "arg"); return [await S.callM(c, "increment", 5), await taken()]`, `[8,["disposed arg"]]`},
	{"function as argument", `const f = x => x + 1; f[Symbol.dispose] = () => log.push("fn disposed"); return [await S.call(f, 5), await taken()]`, `[6,["fn disposed"]]`},
	{"identity", `const f = () => 1, s = new RpcStub(f); return [await S.isSame(f, f), await S.isSame(s, s), await S.isSame(S({}), S({}))]`, `[true,true,false]`},
	{"a parameter after the call", `const f = x => x + 1; f[Symbol.dispose] = () => log.push("disposed"); await S.keep(f); return [await S.useKept(1), await thrown(() => S.useRaw(1)), await taken()]`, `[2,"Error: RPC stub used after being disposed.",[]]`},
	{"dispose throughout", `const c = new Counter(3, "dt"); const o = await S.disposeTest(c); const r = [o.n, await thrown(() => o.orig(1)), await o.dup(7), await o.c.increment(4)]; o[Symbol.dispose](); return [...r, await thrown(() => o.c.increment(2)), await thrown(() => o.dup(1)), await taken()]`, `[4,"Error: RPC stub used after being disposed.",11,15,"Error: RPC stub used after being disposed.","Error: RPC stub used after being disposed.",["disposed dt"]]`},
	{"local stub", `const s = new RpcStub(new Counter(4, "local")); const r = [await s.increment(5), await s.value]; const d = s.dup(); s[Symbol.dispose](); r.push(await thrown(() => s.increment(1)), await d.increment(1), await taken(2)); d[Symbol.dispose](); return [...r, await taken(2)]`, `[9,9,"Error: RPC stub used after being disposed.",10,[],["disposed local"]]`},
	{"local function", `const s = new RpcStub(a => ({a, f: () => 3})); const x = await s({b: 1}); return [x.a, typeof x.f, await x.f(), await thrown(() => s({p: new Plain()})), await new RpcStub({x: 5, f() { return this?.x }}).f(), await thrown(() => new RpcStub({})())]`, `[{"b":1},"function",3,"DataCloneError: Could not serialize object of type \"Plain\". This type does not support serialization.",5,"TypeError: \"(this)\" is not a function."]`},
	{"what a stub may wrap", `return Promise.all([() => new RpcStub(5), () => new RpcStub(new Plain()), () => new RpcStub([1]), () => String(new RpcStub(S)), () => new RpcPromise(), () => new RpcProperty(), () => new ServiceStub()].map(thrown))`, `["TypeError: Failed to construct 'JsRpcStub': constructor parameter 1 is not of type 'Object'.","TypeError: RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.","TypeError: RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.",["no error","[object JsRpcStub]"],"TypeError: Illegal constructor","TypeError: Illegal constructor","TypeError: Illegal constructor"]`},
	{"a stub lasts beyond a call", `const s = new RpcStub(new Counter(1, "ptu")); await S.callM(s, "increment", 1); return [await s.increment(1), await taken()]`, `[3,[]]`},
	{"dispose of a promise", `const p = S.counter(1, "pd"); p[Symbol.dispose](); const q = await p; return [await thrown(() => p.increment(1)), await thrown(() => q.increment(1)), await taken()]`, `["Error: RPC promise used after being disposed.","Error: RPC stub used after being disposed.",["disposed pd"]]`},
	{"a promise twice", `const p = S.counter(1, "up"); return [await p.increment(1), await p.increment(1), (await p) === (await p)]`, `[2,3,true]`},
	{"order", `const c = S.counter(0); return Promise.all([c.increment(1), c.increment(2), c.increment(3)])`, `[1,3,6]`},
	{"an entrypoint's stub", `const x = await S.stub(); return [String(x), typeof x.dup, await (await x.fetch("http://h/q")).text(), await (await S.stub().fetch("http://h/p")).text() !== ""]`, `["[object Fetcher]","function","fetched http://h/q by {\"handle\":HANDLE}",true]`},
	{"a class", `const c = await S.cls(); return [String(c), c.constructor.name, String(await S.echo(c))]`, `["[object DurableObjectClass]","DurableObjectClass","[object DurableObjectClass]"]`},
	{"streams", `const s = await S.stream(5); const b = new Uint8Array(await new Response(s).arrayBuffer()); return [b.length, b[0], b[199999]]`, `[200000,1,5]`},
	{"a stream as argument", `const rs = new ReadableStream({start(c) { c.enqueue(new TextEncoder().encode("foo")); c.enqueue("bar"); c.close() }}); return [await S.readAll(rs), rs.locked]`, `["foobar",true]`},
	{"a stream that fails", `return Promise.all([new ReadableStream({start(c) { c.error(new RangeError("bad")) }}), new ReadableStream({start(c) { c.enqueue({}) }})].map(s => thrown(() => S.readAll(s))))`, `["Error: ReadableStream received over RPC disconnected prematurely.","Error: ReadableStream received over RPC disconnected prematurely."]`},
	{"locked streams", `const r = new ReadableStream({}), w = new WritableStream({}); r.getReader(); w.getWriter(); return [await thrown(() => S.readAll(r)), await thrown(() => S.writeTo(w))]`, `["TypeError: The ReadableStream has been locked to a reader.","TypeError: This WritableStream is currently locked to a writer."]`},
	{"a stream that nobody reads", `const rs = new ReadableStream({cancel(r) { log.push("cancelled " + r) }}); const back = await S.echo(rs); await back.cancel("why"); return taken()`, `["cancelled why"]`},
	{"a writable stream", `const got = []; const w = new WritableStream({write(c) { got.push(c.length) }, close() { got.push("closed") }}); await S.writeTo(w); return [got, w.locked]`, `[[3,65536,4464,"closed"],true]`},
	{"a request", `return S.req(new Request("http://h/p?q", {method: "POST", body: "bb", headers: {"x-a": "1"}, redirect: "manual"}))`, `[true,"POST","http://h/p?q",[["content-type","text/plain;charset=UTF-8"],["x-a","1"]],"bb","manual"]`},
	{"a request without a body", `return S.req(new Request("http://h/p"))`, `[true,"GET","http://h/p",[],"","follow"]`},
	{"a response", `const r = new Response("bb", {status: 201, statusText: "Mine", headers: [["set-cookie", "a"], ["set-cookie", "b"]]}); return [await S.resp(r), r.bodyUsed, (await thrown(() => S.resp(r))).slice(0, 10)]`, `[[true,201,"Mine",[["content-type","text/plain;charset=UTF-8"],["set-cookie","a"],["set-cookie","b"]],"bb"],true,"TypeError:"]`},
	{"a response comes", `const r = await S.getResp(), q = await S.getReq(); return [r.constructor.name, r.status, [...r.headers], await r.text(), q.constructor.name, q.method, q.url, await q.text()]`, `["Response",207,[["content-type","text/plain;charset=UTF-8"],["x-a","1"]],"body","Request","POST","http://x/y","bb"]`},
	{"headers", `const h = await S.getHeaders(); h.set("q", "r"); return [h.constructor.name, [...h], h.getSetCookie()]`, `["Headers",[["a","1"],["q","r"],["set-cookie","x"],["set-cookie","y"]],["x","y"]]`},
	{"an exception of a function", `const at = async f => { try { await f() } catch (e) { return [e.name, e.message, Object.keys(e)] } }; return [await at(() => S.call(() => { throw new RangeError("mine") })), await at(() => new RpcStub(() => { throw new RangeError("mine") })())]`, `[["RangeError","mine",["remote"]],["RangeError","mine",["remote"]]]`},
	{"a cycle", `const a = {f: () => 1, l: []}; a.a = a; a.l.push(a.f); const b = await S.echo(a); return [b.a === b, typeof b.f, b.l[0] === b.f, await b.f()]`, `[true,"function",true,1]`},
	{"promises returned", `return [await S.call(() => S.num()), await S.call(() => S.prop.text), await thrown(() => S.call(() => ({p: S.num()})))]`, `[5,"hello","DataCloneError: Could not serialize object of type \"RpcPromise\". This type does not support serialization."]`},
	{"unhandled", `S.throwing().foo.bar; const e = await S.throwing().catch(e => e.message); return e`, `"MT"`},
	{"a deep path", `let s = S; for (let i = 0; i < 70; i++) s = s.a; return thrown(() => s)`, `"RangeError: A path may have 64 properties."`},
	{"many references", `return thrown(() => S.echo(Array.from({length: 1025}, () => () => 1)))`, `"RangeError: A value may refer to 1024 functions, objects and streams."`},
}

var handleNumber = regexp.MustCompile(`handle\\":\d+`)

func TestReferences(t *testing.T) {
	m := startMirror(t)
	for _, home := range []bool{false, true} {
		m.home = home
		t.Run(fmt.Sprintf("home=%v", home), func(t *testing.T) { testReferences(t, m) })
	}
}

func testReferences(t *testing.T, m *mirror) {
	var b strings.Builder
	b.WriteString(refsSource)
	for i, row := range refRows {
		fmt.Fprintf(&b, "async t%d() { const {ctx} = this, {facets} = ctx, S = exports.Svc; log = [];\n%s\n}\n", i, row.code)
	}
	b.WriteString("}\n")
	loaded := m.p.r.load(t, code{source: b.String(), class: "App", about: about{ID: strings.Repeat("ab", 32), Grants: grants{Facets: true}}})
	if loaded.Kind != js.OutLoaded {
		t.Fatalf("load failed: %s: %s\n%s", loaded.S1, loaded.S2, loaded.S3)
	}
	for i, row := range refRows {
		t.Run(row.name, func(t *testing.T) {
			got, err := m.p.r.rpc(t, fmt.Sprintf("t%d", i), "[]")
			if err != nil {
				t.Fatalf("%v\n%s", err, err.(failure).S3)
			}
			if got = handleNumber.ReplaceAllString(got, "handle\\\":HANDLE"); got != row.want {
				t.Errorf("%s\n got %s\nwant %s", row.code, got, row.want)
			}
		})
	}
}

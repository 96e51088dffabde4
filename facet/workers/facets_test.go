package workers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

// target is an encoded target.
type target struct {
	Facet *struct {
		Name     string
		Callback int
	}
	Object *struct {
		Namespace, ID string
		Name          *string
	}
	Entrypoint *struct {
		Loader, Worker *string
		Callback       int
		Name           string
		Props          []byte
	}
	Host     *struct{}
	Outbound *struct{}
}

func parseTarget(s string) (t target) {
	d := json.NewDecoder(strings.NewReader(s))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		panic(fmt.Sprintf("target %s: %v", s, err))
	}
	return t
}

// answerFacets is a supervisor with facets that do what the method says; each
// starts by its callback.
func answerFacets() func(*peer, hostCall) {
	running := map[string]string{} // name to the answer of its callback
	waiting := map[string][]func(){}
	return func(p *peer, c hostCall) {
		t := parseTarget(c.target)
		if t.Host != nil {
			p.note("%s %s", c.method, c.rest[1:])
			var args []json.RawMessage
			_ = json.Unmarshal([]byte(c.rest[1:]), &args)
			if c.method == "facets.deleteAll" {
				clear(running)
				p.result(c, "null")
				return
			}
			var name string
			_ = json.Unmarshal(args[len(args)-1], &name)
			if c.method == "facets.abort" {
				_ = json.Unmarshal(args[0], &name)
			}
			delete(running, name)
			p.result(c, "null")
			return
		}
		name := t.Facet.Name
		serve := func() {
			answer := running[name]
			if strings.HasPrefix(answer, "!") {
				class, message, _ := strings.Cut(answer[1:], ": ")
				delete(running, name)
				p.fail(c, 1, class, message)
				return
			}
			serveFacet(p, c, answer)
		}
		if _, ok := running[name]; ok {
			serve()
			return
		}
		waiting[name] = append(waiting[name], serve)
		if len(waiting[name]) > 1 {
			return
		}
		p.callback(t.Facet.Callback, func(answer string) {
			running[name] = answer
			p.note("start %s", name)
			list := waiting[name]
			delete(waiting, name)
			for _, f := range list {
				f()
			}
		})
	}
}

func serveFacet(p *peer, c hostCall, answer string) {
	if rest, ok := strings.CutPrefix(c.url, "http://x/to/"); ok { // status/location
		status, location, _ := strings.Cut(rest, "/")
		var n int64
		fmt.Sscan(status, &n)
		p.note("%s %s", c.method, c.url)
		p.end(c, js.Message{Kind: js.InHostResponse, A: n, S3: []byte("location\x00" + location + "\x00")})
		return
	}
	if c.fetch {
		body := fmt.Sprintf("%s %s %q %d %s", c.method, c.url, c.headers, c.flags, c.rest)
		p.end(c, js.Message{Kind: js.InHostResponse, A: 201, S1: []byte("Made"), S3: []byte("x-a\x00\xe9\x00set-cookie\x00a=1\x00set-cookie\x00b=2\x00"), Body: []byte(body)})
		return
	}
	switch c.method {
	case "hang":
		p.note("hang")
	case "startedWith":
		p.result(c, answer[1:])
	case "boom":
		p.fail(c, 1, "RangeError", "far")
	case "custom":
		p.fail(c, 1, "MyError", "cust")
	case "dom":
		p.fail(c, 1, "DataCloneError", "no")
	case "reset":
		p.fail(c, 6|1<<16, "Error", "gone")
	case "internal":
		p.fail(c, 7, "Error", "inside")
	default:
		if c.rest == "" {
			p.note("read %s %s", c.method, c.url)
			p.result(c, "5")
			return
		}
		p.note("%s %s", c.method, c.rest[1:])
		p.result(c, c.rest[1:])
	}
}

const facetsPrelude = scriptPrelude + `
const own = e => Object.entries(e).map(([k, v]) => k + "=" + v).join();
const told = async p => { try { return await p } catch (e) { return (e.constructor.name + ": " + e.message + " " + own(e)).trim() } };
const tick = () => new Promise(r => setTimeout(r, 1));
class Other {}
export class Child extends DurableObject {}
export class Spaced extends DurableObject {}
export class Entry extends WorkerEntrypoint {}
export default { fetch() {} };
`

// facetRows are facts about ctx.facets.
var facetRows = []hostRow{
	{"F1 four methods", `return Object.getOwnPropertyNames(Object.getPrototypeOf(facets)).filter(n => n !== "constructor").sort()`, `["abort","clone","delete","get"]`, ""},
	{"F3 lazy", `facets.get("f3", () => { throw 1 }); await tick(); return 0`, `0`, ""},
	{"F4 a Fetcher", `const s = get("f4"); return [String(s), typeof s.id, typeof s.name, s.constructor.name]`, `["[object Fetcher]","function","function","ServiceStub"]`, ""},
	{"F5 not thenable", `const s = get("f5"); return [typeof s.then, (await s) === s]`, `["undefined",true]`, ""},
	{"F6 one start", `let n = 0; const s = facets.get("f6", () => { n++; return {class: exports.Child} }); const r = await Promise.all([s.a(1), s.b(2), s.c(3)]); return [n, r]`, `[1,[[1],[2],[3]]]`, "start f6; a [1]; b [2]; c [3]"},
	{"F7 running", `let n = 0; await get("f7").a(); await facets.get("f7", () => { n++ }).b(); return n`, `0`, "start f7; a []; b []"},
	{"F8 async callback", `return facets.get("f8", async () => { await tick(); return {class: exports.Child} }).a(8)`, `[8]`, "start f8; a [8]"},
	{"F10 no callback", `return [fails(() => facets.get("x")), fails(() => facets.get("x", 1))]`, `["TypeError: Failed to execute 'get' on 'DurableObjectFacets': parameter 2 is not of type 'function'.","TypeError: Failed to execute 'get' on 'DurableObjectFacets': parameter 2 is not of type 'function'."]`, ""},
	{"F12 relative URL", `return told(get("f12").fetch("/y"))`, `"TypeError: Invalid URL: /y"`, ""},
	{"F14 response", `const r = await get("f14").fetch("http://x/p?q", {method: "PUT", headers: {"X-B": "\xe9"}, body: "body"}); return [r.status, r.statusText, r.headers.get("x-a"), r.headers.getSetCookie(), await r.text()]`,
		`[201,"Made","é",["a=1","b=2"],"PUT http://x/p?q \"x-b\\x00\\xe9\\x00content-type\\x00text/plain;charset=UTF-8\\x00\" 3 body"]`, "start f14"},
	{"F14 request passes", `const q = new Request("http://x/", {method: "POST", body: "b"}); const r = await get("f14").fetch(q); return [await r.text(), q.bodyUsed]`, `["POST http://x/ \"content-type\\x00text/plain;charset=UTF-8\\x00\" 3 b",true]`, ""},
	{"F14 GET", `return (await get("f14").fetch("http://x")).text()`, `"GET http://x/ \"\" 2 "`, ""},
	{"F14 no fragment", `return (await get("f14").fetch(new URL("http://x/p#f"))).text()`, `"GET http://x/p \"\" 2 "`, ""},
	{"F15 in a section", `return ctx.blockConcurrencyWhile(() => get("f15").a(15))`, `[15]`, "start f15; a [15]"},
	{"F15 in a transaction", `return ctx.storage.transaction(() => get("f15").a(16))`, `[16]`, "a [16]"},
	{"F21 long names", `const n = "x".repeat(257); return [() => facets.get(n, () => 1), () => facets.abort(n, 1), () => facets.delete(n), () => facets.clone(n, "a"), () => facets.clone("a", n)].map(fails).filter(s => s !== "TypeError: Facet name is too long (max 256 characters).")`, `[]`, ""},
	{"F22 bytes", `return [fails(() => get("é".repeat(129))), fails(() => get("é".repeat(128)))]`, `["TypeError: Facet name is too long (max 256 characters).","nothing thrown"]`, ""},
	{"F23 empty name", `return [fails(() => get("")), fails(() => facets.delete("")), fails(() => facets.abort("", 1))]`, `["TypeError: The name of a facet must not be empty.","TypeError: The name of a facet must not be empty.","nothing thrown"]`, ""},
	{"F24 any name", `return Promise.all(["a/b", "..", "a\0b"].map(n => get(n).startedWith())).then(() => 0)`, `0`, "start a/b; start ..; start a\x00b"},
	{"F25 names are converted", `await get(5).a(); await get(undefined).a(); return fails(() => get(Symbol()))`, `"TypeError: Cannot convert a symbol to a string"`, "start 5; a []; start undefined; a []"},
	{"F29 no options", `return told(facets.get("f29", () => undefined).a())`, `"TypeError: Cannot initialize StartupOptions with required members from an undefined or null value. remote=true"`, "start f29"},
	{"F30 wrong class", `const all = await Promise.all([Other, "x", {}, undefined, ctx, exports.default].map((c, i) => told(facets.get("f30" + i, () => ({class: c})).a()))); return [all.length, new Set(all).size, all[0]]`, `[6,1,"TypeError: Incorrect type for the 'class' field on 'StartupOptions': the provided value is not of type 'DurableObjectClass or LoopbackDurableObjectNamespace or LoopbackColoLocalActorNamespace'. remote=true"]`, "start f300; start f301; start f302; start f303; start f304; start f305"},
	{"F31 own class", `return get("f31").startedWith()`, `{"class":{"name":"Child"}}`, "start f31"},
	{"F31 own class with props", `return facets.get("f31p", () => ({class: exports.Child({props: {a: 1}})})).startedWith()`, `{"class":{"name":"Child","props":{"a":1}}}`, "start f31p"},
	{"F32 class with a namespace", `return Promise.all([facets.get("f32", () => ({class: exports.Spaced})).startedWith(), facets.get("f32p", () => ({class: exports.Spaced({props: 1})})).startedWith()])`, `[{"class":{"name":"Spaced"}},{"class":{"name":"Spaced","props":1}}]`, "start f32; start f32p"},
	{"F33 other options", `return facets.get("f33", () => ({class: exports.Child, props: 1, x: () => 1})).startedWith()`, `{"class":{"name":"Child"}}`, "start f33"},
	{"F35 to F37 ids", `const of = async (n, id) => (await facets.get("id" + n, () => ({class: exports.Child, id})).startedWith()).id ?? "absent"; return [await of(1, undefined), await of(2, "s"), await of(3, ctx.id), await of(4, 42), await of(5, null)]`, `["absent","s",{"id":"` + strings.Repeat("ab", 32) + `","name":"app"},"42","null"]`, "start id1; start id2; start id3; start id4; start id5"},
	{"F40 the callback throws", `return [await told(facets.get("f40", () => { throw new TypeError("cb") }).a()), await told(facets.get("f40r", () => Promise.reject("text")).a())]`, `["TypeError: cb remote=true","Error: text remote=true"]`, "start f40; start f40r"},
	{"F48 built-in class", `return told(get("e").boom())`, `"RangeError: far remote=true"`, "start e"},
	{"F50 custom class", `return told(get("e").custom())`, `"Error: cust remote=true"`, ""},
	{"DOMException", `return told(get("e").dom())`, `"DOMException: no remote=true"`, ""},
	{"supervisor's own error", `return told(get("e").internal())`, `"Error: inside"`, ""},
	{"F55 abort returns at once", `return [facets.abort("f55", 1) === undefined]`, `[true]`, `facets.abort ["f55",{"name":"Error","message":"1"}]`},
	{"F56, F57 calls under way", `const s = get("f56"); const p = told(s.hang()); await s.a(0); facets.abort("f56", new RangeError("why")); return [await p, await told(s.a()), await told(s.fetch("http://x")), await told(get("f56").a(1))]`, `["RangeError: why","RangeError: why","RangeError: why",[1]]`, `start f56; hang; a [0]; cancel; facets.abort ["f56",{"name":"RangeError","message":"why"}]; start f56; a [1]`},
	{"F58 same turn", `const s = get("f58"); const p = told(s.put(1)); facets.abort("f58", "now"); return p`, `"Error: now"`, `facets.abort ["f58",{"name":"Error","message":"now"}]`},
	{"F59 copied", `const s = get("f59"); const e = Object.assign(new Error("m"), {code: 1}); const p = s.hang().catch(e => e); facets.abort("f59", e); const got = await p; return [got === e, got.message, own(got)]`, `[false,"m",""]`, `facets.abort ["f59",{"name":"Error","message":"m"}]`},
	{"F60 other reasons", `return Promise.all(["just a string", 42, undefined, null, {code: 7}].map((r, i) => { const s = get("f60" + i); const p = told(s.hang()); facets.abort("f60" + i, r); return p }))`, `["Error: just a string","Error: 42","Error: undefined","Error: null","Error: #<Object>"]`, "*"},
	{"F61 no reason", `return fails(() => facets.abort("x"))`, `"TypeError: Failed to execute 'abort' on 'DurableObjectFacets': parameter 2 is not of type 'Value'."`, ""},
	{"F66 pending start", `let go; const s = facets.get("f66", () => new Promise(r => go = r)); const p = told(s.a()); while (!go) await tick(); facets.abort("f66", new Error("stop")); const r = await p; go({class: exports.Child}); return r`, `"Error: stop"`, "*"},
	{"F67 reset", `await tick(); const s = get("f67"); return [await told(s.reset()), await told(s.a()), await told(get("f67").a(2))]`, `["Error: gone durableObjectReset=true","Error: gone durableObjectReset=true",[2]]`, "start f67; a [2]"},
	{"F71, F72 delete", `const s = get("f71"); const p = told(s.hang()); await s.a(0); const r = facets.delete("f71"); return [r === undefined, await p, await told(s.a()), await get("f71").a(1)]`, `[true,"Error: Facet was deleted.","Error: Facet was deleted.",[1]]`, `start f71; hang; a [0]; cancel; facets.delete ["f71"]; start f71; a [1]`},
	{"F74 delete nothing", `return facets.delete("f74") === undefined`, `true`, `facets.delete ["f74"]`},
	{"F76, F77 clone", `const a = get("f76a"), b = get("f76b"); await a.a(1); await b.a(1); facets.clone("f76a", "f76b"); return [await told(b.a(2)), await a.a(3), await get("f76b").a(4)]`, `["Error: Facet was cloned-over.",[3],[4]]`, `start f76a; a [1]; start f76b; a [1]; facets.clone ["f76a","f76b"]; a [3]; start f76b; a [4]`},
	{"F79 clone to itself", `const s = get("f79"); facets.clone("f79", "f79"); return told(s.a())`, `"Error: Facet was cloned-over."`, `facets.clone ["f79","f79"]`},
	{"F83 deleteAll", `const s = get("f83"); await s.a(1); kv.put("k", 1); await ctx.storage.deleteAll(); return [kv.get("k") ?? "gone", await told(s.a(2)), await get("other").a(3)]`, `["gone","Error: Facet was deleted.",[3]]`, `start f83; a [1]; facets.deleteAll []; start other; a [3]`},
	{"F85 not cloneable", `const s = get("f85"); return [fails(() => structuredClone(s)), fails(() => kv.put("k", {s})), await told(s.a(s))]`, `["DataCloneError: Stubs pointing to Durable Object facets are not serializable.","DataCloneError: Stubs pointing to Durable Object facets are not serializable.","DOMException: Stubs pointing to Durable Object facets are not serializable."]`, ""},
	{"redirect followed", `const r = await get("e").fetch("http://x/to/302//next?q"); return [r.status, (await r.text()).split(" ").slice(0, 2)]`, `[201,["GET","http://x/next?q"]]`, "start e; GET http://x/to/302//next?q"},
	{"redirect of a POST", `return Promise.all([301, 302, 303, 307].map(async n => (await (await get("e").fetch("http://x/to/" + n + "//n", {method: "POST", body: "b"})).text())))`, `["GET http://x/n \"\" 2 ","GET http://x/n \"\" 2 ","GET http://x/n \"\" 2 ","POST http://x/n \"content-type\\x00text/plain;charset=UTF-8\\x00\" 3 b"]`, "*"},
	{"redirect of a stream", `return told(get("e").fetch("http://x/to/307//n", {method: "POST", body: new ReadableStream({pull(c) { c.close() }})}))`, `"TypeError: A request with a one-time-use body (it was a stream) was redirected and cannot be sent again."`, "*"},
	{"redirect not followed", `const r = await get("e").fetch("http://x/to/302//n", {redirect: "manual"}); return [r.status, r.headers.get("location"), await told(get("e").fetch("http://x/to/302//n", {redirect: "error"})), (await get("e").fetch(new Request("http://x/to/302//n", {redirect: "manual"}))).status]`, `[302,"/n","TypeError: Unexpected redirect.",302]`, "*"},
	{"redirect elsewhere", `return told(get("e").fetch("http://x/to/302/file:x"))`, `"TypeError: Invalid redirect URL: file:x"`, "*"},
	{"redirects for ever", `return told(get("e").fetch("http://x/to/302/?"))`, `"TypeError: Too many redirects."`, "*"},
	{"property read", `return told((async () => await get("p").prop)())`, `5`, `start p; read prop {"property":true}`},
	{"what an object has is no method", `const s = get("p"); return [typeof s.toString, s.hasOwnProperty("x"), "then" in s, JSON.stringify(Object.keys(s))]`, `["function",false,false,"[]"]`, ""},
	{"a property set", `const s = get("p"); s.extra = 1; return s.extra`, `1`, ""},
	{"arguments are copied now", `const o = {a: 1}; const p = get("args").a(o); o.a = 2; return p`, `[{"a":1}]`, `start args; a [{"a":1}]`},
	{"large arguments", `return told(get("args").a("x".repeat(5 << 20))).then(s => s.replace(/[0-9]{7}/, "N"))`, `"RangeError: The arguments of a call take N bytes, over the limit of 4177920."`, ""},
	{"aborted signal", `const c = new AbortController(); c.abort(new Error("early")); return told(get("args").fetch("http://x", {signal: c.signal}))`, `"Error: early"`, ""},
	{"many calls", `const s = get("args"); const r = await Promise.all(Array.from({length: 600}, (_, i) => s.a(i))); return r.length`, `600`, "*"},
	{"F90 exports", `return [Object.keys(exports).filter(n => ["App", "Child", "Spaced", "Entry", "default"].includes(n)).sort(), String(exports.Child), String(exports.Spaced), String(exports.Entry), typeof exports.Spaced.idFromName, ctx.exports === exports]`, `[["App","Child","Entry","Spaced","default"],"[object LoopbackDurableObjectClass]","[object LoopbackDurableObjectNamespace]","[object Fetcher]","function",true]`, ""},
}

func TestFacets(t *testing.T) {
	p := startPeer(t, answerFacets())
	runHostRows(t, p, facetsPrelude, grants{Facets: true, Exports: []binding{{Name: "Spaced", Key: make([]byte, 32)}}}, facetRows)
	if p.most > 256 {
		t.Errorf("%d calls were open at once, want at most 256", p.most)
	}
}

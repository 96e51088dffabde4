package workers_test

import "testing"

func TestKV(t *testing.T) {
	runScripts(t, "", []script{
		{"methods K1", `return ["get","put","delete","list"].map(m => typeof kv[m])`, `["function","function","function","function"]`},
		{"missing K2", `return kv.get("nope") === undefined`, `true`},
		{"undefined K2", `kv.put("u", undefined); return [...kv.list({prefix: "u"})].map(([k, v]) => [k, v === undefined])`, `[["u",true]]`},
		{"json", `const v = {a: [1, 2.5, null, true, "x\u0000é😀"], "": {}}; kv.put("j", v); return kv.get("j")`, `{"a":[1,2.5,null,true,"x\u0000é😀"],"":{}}`},
		{"map K3", `kv.put("m", new Map([["a", new Set([1])]])); const m = kv.get("m"); return [m instanceof Map, m.get("a").has(1)]`, `[true,true]`},
		{"date K3", `kv.put("d", {at: new Date(1234567890123)}); return kv.get("d").at.getTime()`, `1234567890123`},
		{"invalid date", `kv.put("d", new Date(NaN)); return Number.isNaN(kv.get("d").getTime())`, `true`},
		{"bigint K3", `kv.put("b", [0n, -1n, 2n ** 70n, -(2n ** 70n)]); return kv.get("b").map(String)`, `["0","-1","1180591620717411303424","-1180591620717411303424"]`},
		{"regexp K3", `kv.put("r", /a\/b/gi); const r = kv.get("r"); return [r.source, r.flags]`, `["a\\/b","gi"]`},
		{"cycle K3", `const o = {n: 1}; o.self = o; o.list = [o, o]; kv.put("c", o); const c = kv.get("c"); return [c.self === c, c.list[1] === c, c.n]`, `[true,true,1]`},
		{"shared", `const s = {}; kv.put("s", [s, s]); const g = kv.get("s"); return [g[0] === g[1], g.length]`, `[true,2]`},
		{"error K3", `kv.put("e", new RangeError("far")); const e = kv.get("e"); return [e instanceof RangeError, e.message, typeof e.stack]`, `[true,"far","string"]`},
		{"typed arrays K3", `kv.put("t", [new Uint8Array([1, 2]), new Float64Array([0.5]), new ArrayBuffer(3), new DataView(new ArrayBuffer(2))]); return kv.get("t").map(v => Object.prototype.toString.call(v) + v.byteLength)`, `["[object Uint8Array]2","[object Float64Array]8","[object ArrayBuffer]3","[object DataView]2"]`},
		{"holes", `kv.put("h", [1, , 3, ,]); const h = kv.get("h"); return [h.length, 1 in h, 3 in h, h[2]]`, `[4,false,false,3]`},
		{"special numbers", `kv.put("n", [NaN, -0, Infinity, -Infinity, 2 ** 53, -(2 ** 31) - 1]); const n = kv.get("n"); return [Number.isNaN(n[0]), Object.is(n[1], -0), n[2] === Infinity, n[3] === -Infinity, n[4], n[5]]`, `[true,true,true,true,9007199254740992,-2147483649]`},
		{"boxed", `kv.put("x", [Object(1), Object("s"), Object(false), Object(1n)]); return kv.get("x").map(v => typeof v + v.valueOf())`, `["object1","objects","objectfalse","object1"]`},
		{"function K4", `return fails(() => kv.put("f", () => 1))`, `"DataCloneError: () => 1 could not be cloned."`},
		{"symbol K4", `return fails(() => kv.put("f", {a: Symbol("q")}))`, `"DataCloneError: Symbol(q) could not be cloned."`},
		{"promise", `return fails(() => kv.put("f", Promise.resolve()))`, `"DataCloneError: #<Promise> could not be cloned."`},
		{"platform object", `return fails(() => kv.put("f", new Headers()))`, `"DataCloneError: #<Headers> could not be cloned."`},
		{"DOMException is DataCloneError", `try { kv.put("f", () => 1) } catch (e) { return [e instanceof DOMException, e.code] }`, `[true,25]`},
		{"failed put keeps the old value", `kv.put("k", 1); fails(() => kv.put("k", () => 1)); return kv.get("k")`, `1`},
		{"class K4", `class P { constructor() { this.x = 1 } get y() { return 2 } } kv.put("p", new P); const p = kv.get("p"); return [Object.getPrototypeOf(p) === Object.prototype, p]`, `[true,{"x":1}]`},
		{"toJSON is not called", `kv.put("p", {a: 1, toJSON: undefined}); class Q { z = 1; toJSON() { return 5 } } kv.put("q", [new Q]); return [kv.get("p").a, kv.get("q")]`, `[1,[{"z":1}]]`},
		{"identity K5", `const o = {a: 1}; kv.put("i", o); o.a = 2; const g = kv.get("i"); g.a = 3; return kv.get("i")`, `{"a":1}`},
		{"own __proto__", `kv.put("o", JSON.parse('{"__proto__": 1}')); const o = kv.get("o"); kv.put("o2", {["__proto__"]: undefined}); const o2 = kv.get("o2"); return [Object.keys(o), Object.keys(o2)]`, `[["__proto__"],["__proto__"]]`},
		{"too deep", `let o = {}; for (let i = 0; i < 200; i++) o = {o}; return fails(() => kv.put("deep", o))`, `"DataCloneError: The value is nested deeper than 128 levels."`},
		{"deep enough", `let o = 1; for (let i = 0; i < 128; i++) o = [o]; kv.put("deep", o); return JSON.stringify(kv.get("deep")).length`, `257`},
		{"sparse bomb", `return fails(() => kv.put("bomb", new Array(4e9)))`, `"DataCloneError: The value has more than 1000000 items."`},
		{"key: number K7", `kv.put(5, "five"); return kv.get("5")`, `"five"`},
		{"key: none K7", `return fails(() => kv.put())`, `"TypeError: Failed to execute 'put' on 'SyncKvStorage': parameter 1 is not of type 'string'."`},
		{"key: empty, NUL, lone surrogate K7", `kv.put("", 1); kv.put("a\0b", 2); kv.put("a", 3); kv.put("\ud800", 4); return [kv.get(""), kv.get("a\0b"), kv.get("a"), kv.get("\ufffd")]`, `[1,2,3,4]`},
		{"too big K8", `return fails(() => kv.put("big", "x".repeat(9000000)))`, `"Error: string or blob too big: SQLITE_TOOBIG"`},
		{"delete K9", `kv.put("x", 1); return [kv.delete("x"), kv.delete("x"), kv.delete(["x"])]`, `[true,false,false]`},
	})
}

func TestKVList(t *testing.T) {
	fill := `for (const [k] of [...kv.list()]) kv.delete(k); for (const k of ["a", "b", "b1", "b2", "c", "\uffff", "😀"]) kv.put(k, k);
`
	rows := []script{
		{"all, in UTF-8 order K10", `return [...kv.list()].map(([k]) => k)`, "[\"a\",\"b\",\"b1\",\"b2\",\"c\",\"\uffff\",\"😀\"]"},
		{"values", `return [...kv.list({limit: 2})]`, `[["a","a"],["b","b"]]`},
		{"start, end", `return [...kv.list({start: "b", end: "c"})].map(([k]) => k)`, `["b","b1","b2"]`},
		{"startAfter", `return [...kv.list({startAfter: "b", end: "c"})].map(([k]) => k)`, `["b1","b2"]`},
		{"prefix", `return [...kv.list({prefix: "b"})].map(([k]) => k)`, `["b","b1","b2"]`},
		{"prefix of U+FFFF", `return [...kv.list({prefix: "\uffff"})].length`, `1`},
		{"prefix and start K14", `return [...kv.list({prefix: "b", start: "b1"})].map(([k]) => k)`, `["b1","b2"]`},
		{"prefix and end K14", `return [...kv.list({prefix: "b", end: "b2"})].map(([k]) => k)`, `["b","b1"]`},
		{"prefix and startAfter before it", `return [...kv.list({prefix: "b", startAfter: "a"})].map(([k]) => k)`, `["b","b1","b2"]`},
		{"empty range K14", `return [...kv.list({prefix: "b", start: "c"})]`, `[]`},
		{"reverse", `return [...kv.list({reverse: true, end: "c"})].map(([k]) => k)`, `["b2","b1","b","a"]`},
		{"reverse from a start", `return [...kv.list({reverse: true, start: "b1", end: "c"})].map(([k]) => k)`, `["b2","b1"]`},
		{"reverse after a start", `return [...kv.list({reverse: true, startAfter: "b1", end: "c"})].map(([k]) => k)`, `["b2"]`},
		{"reverse prefix, limit", `return [...kv.list({reverse: true, prefix: "b", limit: 2})].map(([k]) => k)`, `["b2","b1"]`},
		{"limit 0 K11", `return fails(() => kv.list({limit: 0}))`, `"TypeError: List limit must be positive."`},
		{"both starts K11", `return fails(() => kv.list({start: "a", startAfter: "a"}))`, `"TypeError: list() cannot be called with both start and startAfter values."`},
		{"one iterator K12", `const a = kv.list(); a.next(); kv.list(); return fails(() => a.next()).slice(0, 46)`, `"Error: kv.list() iterator was invalidated beca"`},
		{"live K13", `const seen = []; for (const [k] of kv.list({end: "c"})) { seen.push(k); if (k === "a") kv.put("aa", 1); if (k === "aa") kv.delete("b") } return seen`, `["a","aa","b1","b2"]`},
		{"iterator helpers", `return kv.list().map(([k]) => k).take(2).toArray()`, `["a","b"]`},
		{"early exit", `for (const [k] of kv.list()) return k`, `"a"`},
	}
	for i := range rows {
		rows[i].code = fill + rows[i].code
	}
	runScripts(t, "", rows)
}

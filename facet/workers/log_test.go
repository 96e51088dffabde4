package workers_test

import (
	"strings"
	"testing"
)

func TestConsole(t *testing.T) {
	r := start(t)
	rows := []struct {
		name, code, want string
		level            int64
	}{
		{"text", `console.log("plain")`, "plain", 1},
		{"levels: debug", `console.debug("m1")`, "m1", 0},
		{"levels: info", `console.info("m2")`, "m2", 2},
		{"levels: warn", `console.warn("m3")`, "m3", 3},
		{"levels: error", `console.error("m4")`, "m4", 4},
		{"values", `console.log(1, -0, 5n, true, null, undefined, Symbol("s"))`, "1 -0 5n true null undefined Symbol(s)", 1},
		{"object", `console.log({a: 1, "b-c": "x", d: {e: [1, "y"]}})`, `{ a: 1, 'b-c': 'x', d: { e: [ 1, 'y' ] } }`, 1},
		{"deep", `console.log({a: {b: {c: {d: {e: 1}}}}})`, "{ a: { b: { c: { d: [Object] } } } }", 1},
		{"cycle", `const o = {}; o.o = o; console.log(o)`, "{ o: [Circular] }", 1},
		{"map, set", `console.log(new Map([["a", 1]]), new Set([1, "b"]))`, "Map(1) { 'a' => 1 } Set(2) { 1, 'b' }", 1},
		{"classes", `class P { x = 1 } console.log(new P, P, function f() {}, () => {})`, "P { x: 1 } [class P] [Function: f] [Function (anonymous)]", 1},
		{"bytes", `console.log(new Uint8Array([1, 2]), new ArrayBuffer(3))`, "Uint8Array(2) [ 1, 2 ] ArrayBuffer { byteLength: 3 }", 1},
		{"date, regexp", `console.log(new Date(0), /x/g)`, "1970-01-01T00:00:00.000Z /x/g", 1},
		{"getter", `console.log({get a() { throw 1 }})`, "{ a: [Getter] }", 1},
		{"hostile proxy", `console.log(new Proxy({}, {ownKeys() { throw 1 }, getOwnPropertyDescriptor() { throw 2 }}))`, "[Object]", 1},
		{"directives", `console.log("%s is %d%% %o %c.", "x", 5.5, {a: 1}, "css", "rest")`, "x is 5.5% { a: 1 } . rest", 1},
		{"assert", `console.assert(1 === 2, "math")`, "Assertion failed: math", 4},
		{"count", `console.count("c"); console.count("c")`, "c: 2", 1},
		{"error", `console.error(new TypeError("bad"))`, "TypeError: bad\n    at ", 4},
	}
	var b strings.Builder
	b.WriteString(importDO + "export class App extends DurableObject {\n")
	for i, row := range rows {
		b.WriteString("t" + itoa(i) + "() { " + row.code + " }\n")
	}
	b.WriteString(`long() { console.log("long" + "x".repeat(100000)) }
wide() { console.log("wide", new Array(1e6).fill({a: {b: {c: [1, 2, 3]}}})) }
wu() { this.ctx.waitUntil(Promise.reject(new Error("in wu"))) }
unhandled() { Promise.reject(new Error("nobody")) }
timer() { setTimeout(() => { throw new Error("in timer") }, 1) }
listener() { const e = new EventTarget(); e.addEventListener("x", () => { throw new Error("in listener") }); e.dispatchEvent(new Event("x")) }
micro() { queueMicrotask(() => { throw new Error("in microtask") }) }
}`)
	r.mustLoad(t, b.String())
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if _, err := r.rpc(t, "t"+itoa(i), "[]"); err != nil {
				t.Fatal(err)
			}
			m := r.log(t, row.want)
			if m.A&0xffff != row.level || !strings.HasPrefix(string(m.S1), row.want) {
				t.Errorf("got level %d %q, want level %d %q", m.A, m.S1, row.level, row.want)
			}
		})
	}
	for method, want := range map[string]string{
		"long": "more characters", "wide": "wide [", "wu": "Uncaught (in waitUntil) Error: in wu", "unhandled": "nobody",
		"timer": "Uncaught Error: in timer", "listener": "Uncaught Error: in listener", "micro": "Uncaught Error: in microtask",
	} {
		t.Run(method, func(t *testing.T) {
			if _, err := r.rpc(t, method, "[]"); err != nil {
				t.Fatal(err)
			}
			if m := r.log(t, want); len(m.S1) > 8*1024 {
				t.Errorf("a line of %d bytes", len(m.S1))
			}
		})
	}
}

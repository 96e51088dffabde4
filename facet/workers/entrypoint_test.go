package workers_test

import (
	"testing"

	"github.com/facetd/facetd/facet/js"
)

const entrypoint = 2 // bit of a Load message

const entrypointSource = importDO + `
let constructed = 0;
export default {
  n: 5,
  async fetch(request, env, ctx) {
    ctx.waitUntil(Promise.reject(new Error("later")));
    ctx.passThroughOnException();
    return new Response([request.url, JSON.stringify(env.V), JSON.stringify(ctx.props), Object.keys(ctx.exports).filter(n => ["Entry", "nothing", "App", "default"].includes(n)).join(), this === ctx.exports, String(ctx)].join(" "));
  },
  method(a, env, ctx) { return [a, env.V, ctx.props] },
};
export class Entry extends WorkerEntrypoint {
  constructor(ctx, env) { super(ctx, env); this.n = ++constructed }
  fetch(request) { return new Response("entry " + this.n + " " + request.method) }
  add(a, b) { return [a + b, this.n, this.env.V, this.ctx.props] }
  boom() { throw new RangeError("far") }
}
export class Silent extends WorkerEntrypoint {}
export class Broken extends WorkerEntrypoint { constructor(c, e) { super(c, e); throw new TypeError("constructor") } }
export class App extends DurableObject {}
export const nothing = 1;
`

func TestEntrypoint(t *testing.T) {
	r := start(t)
	load := func(name string) js.Message {
		return r.load(t, code{source: entrypointSource, class: name, flags: entrypoint, props: []byte(`J{"p":1}`), env: []byte(`J{"V":"v"}`)})
	}
	for _, c := range []struct{ name, want string }{
		{"Zip", "Worker has no such entrypoint: Zip"},
		{"App", "Worker has no such entrypoint: App"},
		{"nothing", "Worker has no such entrypoint: nothing"},
		{"toString", "Worker has no such entrypoint: toString"},
	} {
		if m := load(c.name); m.Kind != js.OutError || string(m.S2) != c.want {
			t.Errorf("L14: got kind %d, %s, want %s", m.Kind, m.S2, c.want)
		}
	}
	if m := r.load(t, code{source: "export const x = 1", class: "default", flags: entrypoint}); m.Kind != js.OutLoaded {
		t.Fatalf("L15: %s", m.S2)
	}
	if _, err := r.rpc(t, "x", "[]"); err == nil || string(err.(failure).S2) != "Worker has no default entrypoint." {
		t.Errorf("L14: %v", err)
	}
	must := func(name string) {
		t.Helper()
		if m := load(name); m.Kind != js.OutLoaded {
			t.Fatalf("load %s: %s: %s", name, m.S1, m.S2)
		}
	}
	rpc := func(method, args, want string) {
		t.Helper()
		got, err := r.rpc(t, method, args)
		if err != nil {
			got = "!" + err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
	body := func(want string) {
		t.Helper()
		got := r.fetch(t, request{url: "http://x/p"})
		if got.err != nil {
			got.body = "!" + got.err.Error()
		}
		if got.body != want {
			t.Errorf("got %s, want %s", got.body, want)
		}
	}
	must("default")
	body(`http://x/p "v" {"p":1} App,Entry,default false [object ExecutionContext]`)
	r.log(t, "Uncaught (in waitUntil) Error: later")
	rpc("method", "[7]", `[7,"v",{"p":1}]`)
	rpc("n", "[]", `!TypeError: "n" is not a function.`)
	rpc("fetch", "[]", `!TypeError: The RPC receiver does not implement the method "fetch".`)
	rpc("toString", "[]", `!TypeError: The RPC receiver does not implement the method "toString".`)
	must("Entry")
	body("entry 1 GET")
	body("entry 2 GET")
	rpc("add", "[1,2]", `[3,3,"v",{"p":1}]`)
	rpc("boom", "[]", "!RangeError: far")
	rpc("nope", "[]", `!TypeError: The RPC receiver does not implement the method "nope".`)
	must("Silent")
	body("!Error: Handler does not export a fetch() function.")
	must("Broken")
	body("!TypeError: constructor")
	rpc("x", "[]", "!TypeError: constructor")
}

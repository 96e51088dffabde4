package workers_test

import (
	"errors"
	"testing"

	"github.com/facetd/facetd/facet/js"
)

func TestRPC(t *testing.T) {
	r := start(t)
	r.mustLoad(t, importDO+`
class Base extends DurableObject { inherited() { return "base" } get getter() { return x => x + 1 } }
class MyErr extends Error { constructor(m) { super(m); this.name = "MyErr"; this.code = 7 } }
class MyErr2 {}
export class App extends Base {
  own = () => 1;
  #n = 0;
  increment(by) { return this.#n += by }
  async later(x) { await 1; return x }
  none() {}
  args(...a) { return a }
  thrower(what) {
    switch (what) {
    case "range": throw new RangeError("far");
    case "custom": throw new MyErr("cust");
    case "object": throw {a: 1};
    case "array": throw [1, 2];
    case "string": throw "text";
    case "undefined": throw undefined;
    case "null": throw null;
    case "number": throw 42;
    case "dom": throw new DOMException("m", "AbortError");
    case "evil": throw Object.defineProperty(new Error("x"), "message", {get() { throw 1 }});
    case "proxy": throw new Proxy({}, {getPrototypeOf() { throw 1 }, get() { throw 2 }});
    case "symbol": throw Symbol("s");
    case "rejected": return Promise.reject(new TypeError("rejected"));
    }
  }
  instance() { return {o: new MyErr2()} }
  big(n) { return "x".repeat(n) }
  value = 5;
  get notFunction() { return 5 }
  __hidden() {}
  static s() {}
  alarm() {}
  thenable() { return {then(f) { f("resolved") }} }
}`)
	tests := []struct{ name, method, args, want string }{
		{"method", "increment", "[5]", "5"},
		{"state", "increment", "[2]", "7"},
		{"async", "later", `[{"a":[1]}]`, `{"a":[1]}`},
		{"undefined", "none", "[]", "43f7"},
		{"arguments", "args", `[1,"x",null]`, `[1,"x",null]`},
		{"inherited", "inherited", "[]", `"base"`},
		{"getter", "getter", "[1]", "2"},
		{"large result", "big", "[5000000]", "!RangeError: The result of a call takes 5000003 bytes, over the limit of 4177920."},
		{"thenable", "thenable", "[]", `"resolved"`},
		{"unknown F46", "nope", "[]", `!TypeError: The RPC receiver does not implement the method "nope".`},
		{"own property", "own", "[]", `!TypeError: The RPC receiver does not implement the method "own".`},
		{"own value", "value", "[]", `!TypeError: The RPC receiver does not implement the method "value".`},
		{"constructor", "constructor", "[]", `!TypeError: The RPC receiver does not implement the method "constructor".`},
		{"toString", "toString", "[]", `!TypeError: The RPC receiver does not implement the method "toString".`},
		{"hasOwnProperty", "hasOwnProperty", "[]", `!TypeError: The RPC receiver does not implement the method "hasOwnProperty".`},
		{"__proto__", "__proto__", "[]", `!TypeError: The RPC receiver does not implement the method "__proto__".`},
		{"__hidden", "__hidden", "[]", `!TypeError: The RPC receiver does not implement the method "__hidden".`},
		{"ctx", "ctx", "[]", `!TypeError: The RPC receiver does not implement the method "ctx".`},
		{"fetch", "fetch", "[]", `!TypeError: The RPC receiver does not implement the method "fetch".`},
		{"static", "s", "[]", `!TypeError: The RPC receiver does not implement the method "s".`},
		{"alarm", "alarm", "[]", `!TypeError: 'alarm' is a reserved method and cannot be called over RPC.`},
		{"not a function", "notFunction", "[]", `!TypeError: "notFunction" is not a function.`},
		{"built-in class F48", "thrower", `["range"]`, "!RangeError: far"},
		{"custom class F50", "thrower", `["custom"]`, "!Error: MyErr: cust"},
		{"thrown object F50", "thrower", `["object"]`, "!Error: #<Object>"},
		{"thrown array", "thrower", `["array"]`, "!Error: 1,2"},
		{"thrown string F50", "thrower", `["string"]`, "!Error: text"},
		{"thrown undefined", "thrower", `["undefined"]`, "!Error: undefined"},
		{"thrown null", "thrower", `["null"]`, "!Error: null"},
		{"thrown number", "thrower", `["number"]`, "!Error: 42"},
		{"thrown symbol", "thrower", `["symbol"]`, "!Error: Symbol(s)"},
		{"DOMException", "thrower", `["dom"]`, "!AbortError: m"},
		{"hostile message", "thrower", `["evil"]`, "!Error: an exception that throws when it is read"},
		{"hostile proxy", "thrower", `["proxy"]`, "!Error: an exception that throws when it is read"},
		{"rejection", "thrower", `["rejected"]`, "!TypeError: rejected"},
		{"class", "instance", "[]", `!DataCloneError: Could not serialize object of type "MyErr2". This type does not support serialization.`},
		{"arguments are no array", "args", `{}`, "!TypeError: The arguments of a call must be an array."},
		{"goes on F51", "increment", "[1]", "8"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := r.rpc(t, c.method, c.args)
			if err != nil {
				got = "!" + err.Error()
			}
			if got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("kind", func(t *testing.T) {
		_, err := r.rpc(t, "nope", "[]")
		var f failure
		if !errors.As(err, &f) || f.A != 4 {
			t.Errorf("got %v of kind %d, want NO_HANDLER", err, f.A)
		}
	})
}

func TestPlainClass(t *testing.T) {
	r := start(t)
	r.mustLoad(t, `export class App { fetch() { return new Response("plain") } m() {} }`)
	if got := r.fetch(t, request{url: "http://x/"}); got.body != "plain" {
		t.Errorf("F45: got %q, %v", got.body, got.err)
	}
	want := "TypeError: The receiving Durable Object does not support RPC, because its class was not declared with `extends DurableObject`."
	if _, err := r.rpc(t, "m", "[]"); err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
		t.Errorf("F45: got %v", err)
	}
	r.mustLoad(t, importDO+`export class App extends DurableObject {}`)
	got := r.fetch(t, request{url: "http://x/"})
	var f failure
	if !errors.As(got.err, &f) || f.A != 4 || got.err.Error() != "Error: Handler does not export a fetch() function." {
		t.Errorf("F46: got %v", got.err)
	}
}

func TestConcurrency(t *testing.T) {
	r := start(t)
	r.mustLoad(t, importDO+`
const log = [];
export class App extends DurableObject {
  async interleave(name) { log.push(name + 1); while (!log.includes("b1")) await new Promise(r => setTimeout(r, 1)); log.push(name + 2); return 0 }
  async blocked(name) { return this.ctx.blockConcurrencyWhile(async () => { log.push(name + 1); await new Promise(r => setTimeout(r, 20)); log.push(name + 2); return name }) }
  async nested() { return this.ctx.blockConcurrencyWhile(() => this.ctx.blockConcurrencyWhile(async () => { await new Promise(r => setTimeout(r, 1)); return "in" })) }
  async siblings() { return Promise.all([1, 2].map(n => this.ctx.blockConcurrencyWhile(async () => { await new Promise(r => setTimeout(r, n)); return n }))) }
  async transaction(name) { return this.ctx.storage.transaction(async () => { log.push(name + 1); await new Promise(r => setTimeout(r, 5)); log.push(name + 2); return name }) }
  async synced(name) { log.push(name + 1); this.ctx.storage.kv.put(name, 1); await this.ctx.storage.sync(); log.push(name + 2); return 0 }
  async overtaken() { const s = this.ctx.storage.sync().then(() => log.push("synced")); await this.ctx.blockConcurrencyWhile(async () => { await new Promise(r => setTimeout(r, 20)); log.push("section") }); await s; return 0 }
  log() { return log.splice(0) }
}`)
	both := func(method string) string {
		a, b := r.call(), r.call()
		r.post(t, js.Message{Kind: js.InRpc, Call: a, S1: []byte(method), Body: []byte(`J["a"]`)})
		r.post(t, js.Message{Kind: js.InRpc, Call: b, S1: []byte(method), Body: []byte(`J["b"]`)})
		for _, call := range []uint64{a, b} {
			if m := r.of(t, call, js.OutRpcResult, js.OutError); m.Kind != js.OutRpcResult {
				t.Fatalf("%s: %s: %s", method, m.S1, m.S2)
			}
		}
		log, err := r.rpc(t, "log", "[]")
		if err != nil {
			t.Fatal(err)
		}
		return log
	}
	for _, c := range []struct{ name, method, want string }{
		{"blockConcurrencyWhile serialises F20", "blocked", `["a1","a2","b1","b2"]`},
		{"transaction serialises T10", "transaction", `["a1","a2","b1","b2"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := both(c.method); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("interleaves F19", func(t *testing.T) { // the first one waits for the second
		if got := both("interleave"); got != `["a1","b1","a2","b2"]` && got != `["a1","b1","b2","a2"]` {
			t.Errorf("got %s", got)
		}
	})
	t.Run("sync of two calls", func(t *testing.T) {
		if got := both("synced"); got != `["a1","b1","a2","b2"]` && got != `["a1","a2","b1","b2"]` {
			t.Errorf("got %s", got)
		}
	})
	t.Run("sync waits for a section", func(t *testing.T) {
		if _, err := r.rpc(t, "overtaken", "[]"); err != nil {
			t.Fatal(err)
		}
		if got, err := r.rpc(t, "log", "[]"); err != nil || got != `["section","synced"]` {
			t.Errorf("got %s, %v", got, err)
		}
	})
	for _, c := range []struct{ method, want string }{{"nested", `"in"`}, {"siblings", "[1,2]"}} {
		if got, err := r.rpc(t, c.method, "[]"); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v", c.method, got, err)
		}
	}
}

package supervisor

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// streams is a project whose requests go through two instances and back.
const streams = `import { DurableObject } from "cloudflare:workers";
export class Root extends DurableObject {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/echo") return new Response(request.body, { status: 201, headers: { "x-seen": request.headers.get("x-sent") ?? "no", "set-cookie": "a=b" } });
    if (url.pathname === "/endless") return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(10000)); } }));
    if (url.pathname === "/break") return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(10)); c.error(new Error("broke")); } }));
    if (url.pathname === "/throw") throw new TypeError("thrown");
    if (url.pathname === "/out") return new Response(await fetch("https://example.com/").then(() => "out", (e) => e.message));
    return new Response(request.method + " " + url.pathname);
  }
}
export default {
  async fetch(request, env) {
    const stub = env.ROOT.getByName("s");
    if (request.url.endsWith("/early")) {
      const r = await stub.fetch("https://x.example/endless");
      const reader = r.body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return new Response("read " + value.length);
    }
    try { return await stub.fetch(request); } catch (e) { return new Response(e.name + ": " + e.message, { status: 500 }); }
  },
};`

func TestBodiesThroughInstances(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, streams)
	server := httptest.NewServer(p)
	defer server.Close()
	for _, size := range []int{0, 1, 1000, 65536, 262144, 262145, 3 << 20} {
		body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/echo", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Sent", "yes")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(got) != body || resp.StatusCode != 201 || resp.Header.Get("X-Seen") != "yes" || resp.Header.Get("Set-Cookie") != "a=b" {
			t.Errorf("%d bytes: %d %v %v, %d came back", size, resp.StatusCode, err, resp.Header, len(got))
		}
	}
	for path, w := range map[string]struct {
		code int
		body string
	}{
		"/hello": {200, "GET /hello"}, "/throw": {500, "TypeError: thrown"}, "/early": {200, "read 10000"},
		"/out": {200, errOutbound.Error()},
	} {
		if code, body := get(p, path); code != w.code || body != w.body {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
	resp, err := http.Get(server.URL + "/break")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("a body that broke off looks whole")
	}
	http.DefaultClient.CloseIdleConnections()
}

// loads is a project that loads workers of all kinds of modules.
const loads = `import { DurableObject } from "cloudflare:workers";
const code = (source, more) => ({ compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": source }, ...more });
let asked = 0;
const kinds = {
  kinds: (env) => env.LOADER.get("kinds", () => code("import t from './t.txt'; import d from './d.bin'; import j from './j.json'; import c from './c.cjs';" +
    "export default { fetch(r, env) { return new Response([t, new Uint8Array(d)[1], j.a, c.x, env.E.getTime()].join()); } }",
    { modules: { "w.js": "import t from './t.txt'; import d from './d.bin'; import j from './j.json'; import c from './c.cjs';" +
      "export default { fetch(r, env) { return new Response([t, new Uint8Array(d)[1], j.a, c.x, env.E.getTime()].join()); } }",
      "t.txt": { text: "text" }, "d.bin": { data: new Uint8Array([1, 2, 3]).buffer }, "j.json": { json: { a: 5 } }, "c.cjs": { cjs: "module.exports = { x: 6 };" } }, env: { E: new Date(7) } })),
  first: (env) => env.LOADER.get("same", () => { asked++; return code("export default { fetch() { return new Response('first'); } }"); }),
  second: (env) => env.LOADER.get("same", () => { asked++; return code("export default { fetch() { return new Response('second'); } }"); }),
  anonymous: (env) => env.LOADER.load(code("let n = 0; export default { fetch() { return new Response('' + ++n); } }")),
  syntax: (env) => env.LOADER.get("broken", () => code("export default {")),
  fixed: (env) => env.LOADER.get("broken", () => code("export default { fetch() { return new Response('fixed'); } }")),
  throws: (env) => env.LOADER.get("throws", () => { throw new RangeError("no code"); }),
  missing: (env) => env.LOADER.get("missing", () => code("export const a = 1")),
  date: (env) => env.LOADER.get("date", () => code("", { compatibilityDate: undefined })),
  empty: (env) => env.LOADER.get("empty", () => code("", { modules: {} })),
  large: (env) => env.LOADER.get("large", () => code("x".repeat(5 << 20))),
  most: (env) => env.LOADER.get("most", () => code("export default { fetch() { return new Response('most'); } } //" + "x".repeat(3 << 20))),
  net: (env) => env.LOADER.get("net", () => code("export default { async fetch() { return new Response(await fetch('https://x.example').then(() => 'out', (e) => e.message)); } }", { globalOutbound: null })),
  named: (env) => env.LOADER.get("named", () => code("import { WorkerEntrypoint } from 'cloudflare:workers'; export class N extends WorkerEntrypoint { fetch() { return new Response(JSON.stringify(this.ctx.props)); } }")),
};
export class Root extends DurableObject {}
export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname.slice(1);
    if (path === "asked") return new Response("" + asked);
    const [kind, name] = path.split("/");
    try {
      const w = kinds[kind](env);
      return await w.getEntrypoint(name, name ? { props: { p: 1 } } : undefined).fetch(request);
    } catch (e) { return new Response(e.name + ": " + e.message, { status: 500 }); }
  },
};`

func TestLoadedWorkers(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, loads)
	tests := []struct {
		path string
		code int
		want string
	}{
		{"/kinds", 200, "text,2,5,6,7"},
		{"/first", 200, "first"},
		{"/second", 200, "first"}, // L5
		{"/asked", 200, "1"},
		{"/anonymous", 200, "1"}, // L3, L7
		{"/anonymous", 200, "1"},
		{"/syntax", 500, "Error: Failed to start Worker:\nUncaught SyntaxError: "}, // L29
		{"/fixed", 200, "fixed"}, // unlike L9
		{"/throws", 500, "RangeError: no code"},
		{"/missing", 500, "Error: " + errOutbound.Error()}, // L14: a fetch goes on to where global fetch() does
		{"/missing/Zip", 500, "Error: Worker has no such entrypoint: Zip"},
		{"/date", 500, "Error: Invalid compatibility date: undefined"},                      // L17
		{"/empty", 500, "TypeError: Dynamic Worker code must contain at least one module."}, // L20
		{"/large", 500, ""}, // over what one message carries; the instance goes on
		{"/most", 200, "most"},
		{"/asked", 200, "1"},
		{"/net", 200, errOutbound.Error()}, // L34
		{"/named/N", 200, `{"p":1}`},       // L13
	}
	for _, tt := range tests {
		if code, got := get(p, tt.path); code != tt.code || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %d %q; want %d %q", tt.path, code, got, tt.code, tt.want)
		}
	}
}

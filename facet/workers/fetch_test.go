package workers_test

import (
	"testing"
)

func TestFetch(t *testing.T) {
	r := start(t)
	r.mustLoad(t, `import {DurableObject} from "cloudflare:workers";
export class App extends DurableObject {
  async fetch(request) {
    const url = new URL(request.url);
    switch (url.pathname) {
    case "/hello": return new Response("hello");
    case "/echo": return new Response(await request.text(), {status: 201, statusText: "Made", headers: {"x-method": request.method, "x-in": request.headers.get("X-In")}});
    case "/json": return Response.json({q: [...url.searchParams], j: await request.json()});
    case "/cookies": { const h = new Headers([["set-cookie", "a=1"], ["Set-Cookie", "b=2"], ["x-a", "1"], ["X-A", "2"]]); return new Response(null, {status: 204, headers: h}); }
    case "/stream": return new Response(request.body, {headers: {"content-type": request.headers.get("content-type")}});
    case "/throw": throw new RangeError("boom");
    case "/wrong": return "text";
    case "/bytes": return new Response(new Uint8Array(Number(url.search.slice(1))).fill(97));
    }
    return new Response("not found", {status: 404});
  }
}`)
	tests := []struct {
		name    string
		q       request
		status  int
		body    string
		headers map[string]string
	}{
		{"text", request{url: "http://x/hello"}, 200, "hello", map[string]string{"content-type": "text/plain;charset=UTF-8"}},
		{"echo", request{method: "POST", url: "http://x/echo", body: "grüße", headers: []string{"x-in", "abc"}}, 201, "grüße", map[string]string{"x-method": "POST", "x-in": "abc", "content-type": "text/plain;charset=UTF-8"}},
		{"json", request{method: "POST", url: "http://x/json?a=1&b=%C3%A9+x", body: `{"k":[1]}`}, 200, `{"q":[["a","1"],["b","é x"]],"j":{"k":[1]}}`, map[string]string{"content-type": "application/json"}},
		{"cookies", request{url: "http://x/cookies"}, 204, "", map[string]string{"set-cookie": "a=1, b=2", "x-a": "1, 2", "content-type": ""}},
		{"stream", request{method: "PUT", url: "http://x/stream", body: "some bytes", headers: []string{"content-type", "x/y"}}, 200, "some bytes", map[string]string{"content-type": "x/y"}},
		{"not found", request{url: "http://x/?"}, 404, "not found", nil},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got := r.fetch(t, c.q)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if got.status != c.status || got.body != c.body {
				t.Errorf("got %d %q, want %d %q", got.status, got.body, c.status, c.body)
			}
			for name, want := range c.headers {
				if v := got.header(name); v != want {
					t.Errorf("header %s is %q, want %q", name, v, want)
				}
			}
		})
	}
	for path, want := range map[string]string{
		"/throw": "RangeError: boom",
		"/wrong": "TypeError: Incorrect type for Promise: the Promise did not resolve to 'Response'.",
	} {
		if got := r.fetch(t, request{url: "http://x" + path}); got.err == nil || got.err.Error() != want {
			t.Errorf("%s: got %v, want %s", path, got.err, want)
		}
	}
	for _, n := range []string{"0", "1", "131072", "131073", "1000000"} {
		got := r.fetch(t, request{url: "http://x/bytes?" + n})
		if got.err != nil || n != itoa(len(got.body)) {
			t.Errorf("a body of %s bytes arrived with %d, %v", n, len(got.body), got.err)
		}
	}
}

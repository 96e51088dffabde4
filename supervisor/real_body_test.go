package supervisor

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const bodies = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  async fetch(request) {
    switch (new URL(request.url).pathname) {
      case "/echo": return new Response(request.body, { headers: { "x-seen": request.headers.get("content-type") } });
      case "/length": return new Response("" + (await request.arrayBuffer()).byteLength);
      case "/large": return new Response("x".repeat(5_000_000));
      case "/cookies": { const h = new Headers(); h.append("set-cookie", "a=1"); h.append("set-cookie", "b=2; Domain=example.com"); return new Response(null, { status: 204, headers: h }); }
    }
    return new Response("no", { status: 404 });
  }
}`

// Bodies of every size stream through real JavaScript, many at a time, with and
// without the engine's compilers.
func TestRealBodies(t *testing.T) {
	for name, jit := range map[string]bool{"hardened": false, "jit": true} {
		t.Run(name, func(t *testing.T) {
			h := realHost(t, func(c *Config) { c.JIT = jit })
			app := h.Object("N", "o").Facets().Get("app", js(h, bodies))
			server := httptest.NewServer(app)
			defer server.Close()
			client := server.Client()
			do := func(method, path string, body io.Reader) (*http.Response, string) {
				t.Helper()
				r, err := http.NewRequest(method, server.URL+path, body)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "text/x")
				resp, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return &http.Response{}, ""
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Error(err)
				}
				return resp, string(b)
			}
			var all sync.WaitGroup
			for _, size := range []int{0, 10, 70_000, 2_000_000} {
				all.Go(func() {
					text := strings.Repeat("b", size)
					for _, hidden := range []bool{false, true} {
						body := func() io.Reader {
							if hidden {
								return io.MultiReader(strings.NewReader(text))
							}
							return strings.NewReader(text)
						}
						if resp, got := do("POST", "/echo", body()); got != text || resp.Header.Get("X-Seen") != "text/x" {
							t.Errorf("echo %d hidden=%v: %d bytes, %v", size, hidden, len(got), resp.Header)
						}
						if _, got := do("POST", "/length", body()); got != strconv.Itoa(size) {
							t.Errorf("length %d hidden=%v: %s", size, hidden, got)
						}
					}
				})
			}
			all.Wait()
			if _, got := do("GET", "/large", nil); len(got) != 5_000_000 {
				t.Errorf("large: %d bytes", len(got))
			}
			resp, _ := do("GET", "/cookies", nil)
			if c := resp.Header["Set-Cookie"]; resp.StatusCode != 204 || len(c) != 1 || c[0] != "a=1" {
				t.Errorf("attack 85: %d %q", resp.StatusCode, c)
			}
			if resp, _ := do("HEAD", "/large", nil); resp.StatusCode != 200 {
				t.Errorf("HEAD: %d", resp.StatusCode)
			}
		})
	}
}

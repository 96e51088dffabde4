package supervisor

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// outside is a project that fetches what it is told: in its entry worker, an
// object, and code that it loads with each kind of globalOutbound.
const outsideProject = `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
const attempt = async (url, init) => { try { const r = await fetch(url, init); return r.status + " " + r.url + " " + r.redirected + " " + await r.text(); } catch (e) { return e.name + ": " + e.message; } };
const CHILD = ` + "`" + `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
const attempt = async (url, init) => { try { const r = await fetch(url, init); return r.status + " " + await r.text(); } catch (e) { return e.name + ": " + e.message; } };
export default class extends WorkerEntrypoint { try(url) { return attempt(url, { method: "POST", body: "sent", headers: { "x-a": "1" } }); } }
export class Obj extends DurableObject { try(url) { return attempt(url); } }` + "`" + `;
export class Gateway extends WorkerEntrypoint {
  async fetch(r) { return new Response([this.ctx.props.tag, r.method, r.url, r.headers.get("x-a"), await r.text()].join(" ")); }
}
export class Root extends DurableObject {
  async fetch(r) {
    const url = new URL(r.url), to = url.searchParams.get("to");
    if (url.pathname === "/in-object") return new Response(await attempt(to));
    if (url.pathname === "/gateway-object") return new Response("object " + r.url);
    const { Gateway } = this.ctx.exports, code = { compatibilityDate: "2026-04-01", mainModule: "w.js", modules: { "w.js": CHILD } };
    const outbound = { "/null": null, "/inherit": undefined, "/stub": Gateway({ props: { tag: "told" } }), "/raw": Gateway, "/object": this.env.ROOT.getByName("other") };
    if (url.pathname.startsWith("/facet")) {
      const globalOutbound = outbound[url.pathname.slice(6)];
      return new Response(await this.ctx.facets.get(url.pathname, () => ({ class: this.env.LOADER.load({ ...code, globalOutbound }).getDurableObjectClass("Obj") })).try(to));
    }
    const bad = { "/bad": {}, "/loaded": this.env.LOADER.load(code).getEntrypoint(), "/facet-stub": this.ctx.facets.get("x", () => 1) };
    const globalOutbound = url.pathname in bad ? bad[url.pathname] : outbound[url.pathname];
    try { return new Response(await this.env.LOADER.load({ ...code, globalOutbound }).getEntrypoint().try(to)); } catch (e) { return new Response(e.name + ": " + e.message); }
  }
}
export default {
  async fetch(r, env) {
    const url = new URL(r.url), to = url.searchParams.get("to");
    if (url.pathname === "/here") return new Response(await attempt(to));
    if (url.pathname === "/manual") return new Response(await attempt(to, { redirect: "manual" }));
    if (url.pathname === "/error") return new Response(await attempt(to, { redirect: "error" }));
    if (url.pathname === "/auth") return new Response(await attempt(to, { headers: { authorization: "secret" } }));
    if (url.pathname === "/pass") return fetch(to, r.method === "GET" ? {} : { method: r.method, body: r.body });
    if (url.pathname === "/text") return new Response(await attempt(to, { method: "POST", body: "ü".repeat(1 << 20) }));
    if (url.pathname === "/many") return new Response((await Promise.all(Array.from({ length: 100 }, () => attempt(to)))).filter((t) => t.startsWith("200")).length);
    return env.ROOT.getByName("root").fetch(r);
  },
};`

// hosts is a resolver of a test.
type hosts map[string]string

func (h hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := h[strings.TrimSuffix(host, ".")]; ok {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestRealOutbound(t *testing.T) {
	var log syncBuffer
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/big":
			for range 34 << 4 {
				w.Write(make([]byte, 64<<10))
			}
		case "/echo":
			http.NewResponseController(w).EnableFullDuplex()
			n, _ := io.Copy(w, r.Body)
			if n == 0 {
				fmt.Fprint(w, "auth ", r.Header.Get("Authorization"))
			}
		case "/count":
			n, _ := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n, " ", r.ContentLength)
		default:
			fmt.Fprint(w, r.Method, " ", r.URL.Path)
		}
	}))
	defer outer.Close()
	port := outer.URL[strings.LastIndexByte(outer.URL, ':')+1:]
	network, err := NewNetwork(NetworkConfig{
		Allow:    []string{"*:" + port, "api.example:" + port, "www.example:" + port, "inside.example"},
		Private:  []string{"127.0.0.1/32"},
		Resolver: hosts{"api.example": "127.0.0.1", "www.example": "127.0.0.1", "inside.example": "10.0.0.1", "any.example": "127.0.0.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	h := realHost(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	open := func(out Outbound) *Project {
		p, err := h.OpenProject(t.Context(), ProjectConfig{
			Name: "outside", Worker: h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "index.js", Modules: map[string]Module{"index.js": JS(outsideProject)}}),
			Classes: []StoredClass{{Class: "Root"}}, Namespaces: []NamespaceBinding{{Binding: "ROOT", Class: "Root"}}, Loaders: []string{"LOADER"}, Outbound: out,
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	api, www := "http://api.example:"+port, "http://www.example:"+port
	none := "Error: " + errOutbound.Error()
	const lost = "Error: Network connection lost."
	p := open(network)
	for path, body := range map[string]string{
		"/here?to=" + api + "/x":                      "200 " + api + "/x false GET /x",
		"/in-object?to=" + api + "/x":                 "200 " + api + "/x false GET /x",
		"/inherit?to=" + api + "/x":                   "200 POST /x",
		"/facet/inherit?to=" + api + "/x":             "200 GET /x",
		"/null?to=" + api + "/x":                      none,
		"/facet/null?to=" + api + "/x":                none,
		"/stub?to=https://any.where/p?q":              "200 told POST https://any.where/p?q 1 sent",
		"/facet/stub?to=https://any.where/p?q":        "200 told GET https://any.where/p?q  ",
		"/raw?to=https://any.where/":                  "200  POST https://any.where/ 1 sent",
		"/object?to=https://any.where/gateway-object": "200 object https://any.where/gateway-object",
		"/bad?to=x":                                                                   "TypeError: " + errOutboundField.Error(),
		"/loaded?to=x":                                                                "DataCloneError: Entrypoints to dynamically-loaded workers cannot be transferred to other Workers, because the system does not know how to reload this Worker from scratch. Instead, have the parent Worker expose an entrypoint which constructs the dynamic worker and forwards to it.",
		"/here?to=" + api + ":81/":                                                    "TypeError: Invalid URL: " + api + ":81/",
		"/here?to=http://api.example:81/":                                             "Error: This worker is not permitted to access api.example:81: the list of allowed hosts does not have it.",
		"/here?to=http://inside.example/":                                             lost,
		"/here?to=http://any.example:" + port + "/":                                   lost, // "*" does not lead inside
		"/here?to=http://127.0.0.1:" + port + "/":                                     lost,
		"/here?to=http://[::ffff:127.0.0.1]:" + port:                                  lost,
		"/here?to=http://2130706433:" + port:                                          lost,
		"/here?to=ftp://api.example/":                                                 "TypeError: Fetch API cannot load: ftp://api.example/",
		"/here?to=http://u:p@api.example:" + port + "/x":                              "200 " + api + "/x false GET /x",
		"/here?to=" + api + "/redirect?to=/x":                                         "200 " + api + "/x true GET /x",
		"/here?to=" + api + "/redirect?to=" + www + "/x":                              "200 " + www + "/x true GET /x",
		"/here?to=" + api + "/redirect?to=http://169.254.169.254:" + port + "/latest": lost,
		"/here?to=" + api + "/redirect?to=http://127.0.0.1:" + port + "/":             lost,
		"/here?to=" + api + "/redirect?to=http://metadata:80/":                        "Error: This worker is not permitted to access metadata:80: the list of allowed hosts does not have it.",
		"/here?to=" + api + "/redirect?to=file:///etc/passwd":                         "TypeError: Invalid redirect URL: file:///etc/passwd",
		"/here?to=" + api + "/loop":                                                   "TypeError: Too many redirects.",
		"/manual?to=" + api + "/redirect?to=/x":                                       "302 " + api + "/redirect?to=/x false <a href=\"/x\">Found</a>.\n\n",
		"/error?to=" + api + "/redirect?to=/x":                                        "TypeError: Unexpected redirect.",
		"/auth?to=" + api + "/redirect?to=/echo":                                      "200 " + api + "/echo true auth secret",
		"/auth?to=" + api + "/redirect?to=" + www + "/echo":                           "200 " + www + "/echo true auth ",
		"/text?to=" + api + "/count":                                                  "200 " + api + "/count false 2097152 2097152",
		"/many?to=" + api + "/x":                                                      "100",
	} {
		// The inner URL may have a query of its own.
		before, to, _ := strings.Cut(path, "to=")
		want(t, p, before+"to="+url.QueryEscape(to), body)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	pass := func(path string, body io.Reader) (int, error) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/pass?to="+url.QueryEscape(api+path), body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		n, err := io.Copy(io.Discard, resp.Body)
		return int(n), err
	}
	if n, err := pass("/echo", bytes.NewReader(make([]byte, 20<<20))); err != nil || n != 20<<20 {
		t.Errorf("20 MiB there and back: %d, %v", n, err)
	}
	if n, err := pass("/big", nil); err == nil || n > 33<<20 {
		t.Errorf("more than the limit: %d, %v", n, err)
	}
	want(t, open(nil), "/here?to="+api, none)
	for _, text := range []string{"an outbound request was refused", "project=outside", "facet=outside/default", `reason="169.254.169.254 is an address in 169.254.0.0/16"`} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the log lacks %q:\n%s", text, log.String())
		}
	}
}

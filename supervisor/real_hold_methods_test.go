package supervisor

import (
	"net/http"
	"strings"
	"testing"
)

// methods is house with a method where that has a fetch.
var methods = strings.NewReplacer(
	"async fetch(request) {\n    const what = new URL(request.url).pathname.split(\"/\")[2];", "async ask(what) {",
	"return new Response(what);", "return what;",
	"fetch(request) {\n    const name = new URL(request.url).pathname.split(\"/\")[1];\n    return this.",
	"async fetch(request) {\n    const [, name, what] = new URL(request.url).pathname.split(\"/\");\n    return new Response(await this.",
	".fetch(request);\n  }\n}\nexport default", ".ask(what));\n  }\n}\nexport default",
).Replace(house)

// Method calls leave one after the other. Those that find no place are refused
// together nevertheless: each that waited for its own second would keep its places in
// the worker and the object, until those are full.
func TestHeldMethods(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, methods)
	want(t, p, "/tenant/warm", "warm")
	want(t, p, "/sibling/warm", "warm")
	gate := p.Object("Root", "house").Facets().Get("tenant", nil).inc.gate
	const n, most = 500, 240 // see TestHeldRequests
	var held clientsServed
	held.askMany(t, p, n, "/tenant/held")
	within(t, "the facet's places are taken, and the rest is refused", func() bool {
		inside, waiting := gate.Counts()
		return inside == most && waiting == 0 && held.busy.Load() == n-most
	})
	want(t, p, "/sibling/served", "served")
	if code, _ := get(p, "/tenant/served"); code != http.StatusServiceUnavailable {
		t.Errorf("control: the facet's own places are not taken: status %d", code)
	}
	var what string
	if err := p.Object("Root", "house").Facets().Get("tenant", nil).Call(t.Context(), "ask", &what, "release"); err != nil || what != "release" {
		t.Errorf("release: %q, %v", what, err)
	}
	held.all.Wait()
	if served, busy := held.served.Load(), held.busy.Load(); served != most || busy != n-most {
		t.Errorf("%d served and %d refused", served, busy)
	}
}

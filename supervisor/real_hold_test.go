package supervisor

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// house is a project of the usual shape: one entry worker, one root object, a facet
// for each tenant. A tenant holds requests open until it is told to let them go.
const house = `import { DurableObject } from "cloudflare:workers";
const TENANT = ` + "`" + `import { DurableObject } from "cloudflare:workers";
const held = [];
export class Tenant extends DurableObject {
  async fetch(request) {
    const what = new URL(request.url).pathname.split("/")[2];
    if (what === "held") await new Promise((go) => held.push(go));
    if (what === "release") for (const go of held.splice(0)) go();
    return new Response(what);
  }
}` + "`" + `;
export class Root extends DurableObject {
  fetch(request) {
    const name = new URL(request.url).pathname.split("/")[1];
    return this.ctx.facets.get(name, () => ({ class: this.env.LOADER.get("tenant", () => ({
      compatibilityDate: "2026-04-01", mainModule: "t.js", modules: { "t.js": TENANT } })).getDurableObjectClass("Tenant") })).fetch(request);
  }
}
export default { fetch: (request, env) => env.ROOT.getByName("house").fetch(request) };`

// clientsServed counts what clients were answered with.
type clientsServed struct {
	all    sync.WaitGroup
	served atomic.Int64
	busy   atomic.Int64
}

// askMany sends n requests at a time, each of which is to be served or refused.
func (a *clientsServed) askMany(t *testing.T, p http.Handler, n int, path string) {
	for range n {
		a.all.Go(func() {
			w := httptest.NewRecorder()
			p.ServeHTTP(w, httptest.NewRequest("GET", "http://app.example"+path, nil))
			switch {
			case w.Code == http.StatusOK:
				a.served.Add(1)
			case w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "":
				a.busy.Add(1)
			default:
				t.Errorf("%s: %d %q", path, w.Code, w.Body)
			}
		})
	}
}

// patient gives calls the time that they may take where many are made at a time.
func patient(c *Config) { c.Limits.Wall, c.Limits.CPU = 10*time.Minute, time.Minute }

// Requests that a facet holds open take its own places only: its siblings, which are
// reached through the same entry worker and the same object, are served meanwhile,
// and everybody who was held is answered or refused in the end.
func TestHeldRequests(t *testing.T) {
	h := realHost(t, patient)
	p := project(t, h, house)
	release := func(name string) {
		t.Helper()
		// As the supervisor's own code calls: the way through the object is full.
		if body, err := fetch(t, p.Object("Root", "house").Facets().Get(name, nil), "/"+name+"/release"); err != nil || body != "release" {
			t.Errorf("release: %q, %v", body, err)
		}
	}
	for _, n := range []int{500, 2000} {
		want(t, p, "/tenant/warm", "warm")
		want(t, p, "/sibling/warm", "warm")
		gate := p.Object("Root", "house").Facets().Get("tenant", nil).inc.gate
		var held clientsServed
		held.askMany(t, p, n, "/tenant/held")
		const most = 240 // three quarters of what calls of other instances have
		within(t, "the facet's places are taken, and the rest is refused", func() bool {
			inside, waiting := gate.Counts()
			return inside == most && waiting == 0 && held.busy.Load() == int64(n-most)
		})
		for range 20 {
			want(t, p, "/sibling/served", "served")
		}
		if code, _ := get(p, "/tenant/served"); code != http.StatusServiceUnavailable {
			t.Errorf("control: the facet's own places are not taken: status %d", code)
		}
		release("tenant")
		held.all.Wait()
		if served, busy := held.served.Load(), held.busy.Load(); served != most || busy != int64(n-most) {
			t.Errorf("%d requests: %d served and %d refused", n, served, busy)
		}
		want(t, p, "/tenant/served", "served")
	}
}

// within polls as long as many requests may take on a slow machine.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
	t.Logf("%s", what)
}

package supervisor

import (
	"net/http"
	"net/http/httptest"
	"strings"
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
    if (what === "read") return new Response(String((await request.arrayBuffer()).byteLength));
    let left = 6;
    if (what === "large") return new Response(new ReadableStream({ pull: (c) => (left-- > 0 ? c.enqueue(new Uint8Array(65536)) : c.close()) }));
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

// Requests that a facet holds open take its own places only: its siblings, which are
// reached through the same entry worker and the same object, are served meanwhile,
// and everybody who was held is answered or refused in the end.
func TestHeldRequests(t *testing.T) {
	h := realHost(t, nil)
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

// Many facets that hold requests do not fill the memory of the object and the worker
// that all requests go through, whether clients send bodies or do not read answers.
func TestHeldBodies(t *testing.T) {
	var mu sync.Mutex
	var ended []string
	h := realHost(t, func(c *Config) {
		c.Ended = func(v *VerdictError) {
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, v.Error())
		}
	})
	p := project(t, h, house)
	want(t, p, "/sibling/warm", "warm")
	const tenants, each = 3, 120
	done := make(chan struct{})
	var all sync.WaitGroup
	var reached atomic.Int64
	for i := range tenants {
		name := "/t" + string(rune('a'+i))
		want(t, p, name+"/warm", "warm")
		for range each {
			all.Go(func() { // a client that does not read a large answer
				w := &unread{ResponseRecorder: httptest.NewRecorder(), done: done, reached: &reached}
				serve(p, w, httptest.NewRequest("GET", "http://app.example"+name+"/large", nil))
				if w.Code != http.StatusOK && w.Code != http.StatusServiceUnavailable {
					t.Errorf("%s/large: %d %q", name, w.Code, w.Body)
				}
			})
			all.Go(func() { // one whose body nobody reads
				w := httptest.NewRecorder()
				r := httptest.NewRequest("POST", "http://app.example"+name+"/held", strings.NewReader(strings.Repeat("x", 384<<10)))
				serve(p, w, r)
				if w.Code != http.StatusOK && w.Code != http.StatusServiceUnavailable {
					t.Errorf("%s/held: %d %q", name, w.Code, w.Body)
				}
			})
		}
	}
	within(t, "answers are held by many", func() bool { return reached.Load() >= tenants*each/2 })
	for range 20 {
		want(t, p, "/sibling/served", "served")
	}
	close(done)
	for i := range tenants {
		name := "t" + string(rune('a'+i))
		within(t, "the tenant lets go", func() bool {
			body, err := fetch(t, p.Object("Root", "house").Facets().Get(name, nil), "/"+name+"/release")
			if err != nil || body != "release" {
				t.Errorf("release: %q, %v", body, err)
			}
			inside, waiting := p.Object("Root", "house").Facets().Get(name, nil).inc.gate.Counts()
			return inside+waiting == 0
		})
	}
	all.Wait()
	want(t, p, "/sibling/served", "served")
	mu.Lock()
	defer mu.Unlock()
	for _, e := range ended {
		if !strings.Contains(e, "hibernated") {
			t.Errorf("an instance was ended: %s", e)
		}
	}
}

// unread takes nothing until done is closed.
type unread struct {
	*httptest.ResponseRecorder
	done    chan struct{}
	reached *atomic.Int64
	once    sync.Once
}

func (d *unread) Write(p []byte) (int, error) {
	d.once.Do(func() { d.reached.Add(1) })
	<-d.done
	return d.ResponseRecorder.Write(p)
}

// serve is ServeHTTP as a server calls it: an answer may break off.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
}

// within polls as long as many requests may take on a slow machine.
func within(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
	t.Logf("%s", what)
}

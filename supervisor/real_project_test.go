package supervisor

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// project opens a project of one module with class Root in storage, bound as ROOT,
// and a loader LOADER.
func project(t testing.TB, h *Host, source string) *Project {
	t.Helper()
	p, err := h.OpenProject(t.Context(), ProjectConfig{
		Name: "test",
		Worker: h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "index.js",
			Modules: map[string]Module{"index.js": JS(source)}}),
		Classes:    []StoredClass{{Class: "Root"}},
		Namespaces: []NamespaceBinding{{Binding: "ROOT", Class: "Root"}},
		Loaders:    []string{"LOADER"},
		Vars:       map[string]any{"GREETING": "hi"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func want(t *testing.T, h http.Handler, path, body string) {
	t.Helper()
	if code, got := get(h, path); code != 200 || got != body {
		t.Errorf("%s: %d %q; want %q", path, code, got, body)
	}
}

// counterApp is what a user of the project uploaded: it counts in its own database.
const counterApp = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  fetch(request) {
    const n = (this.ctx.storage.kv.get("n") || 0) + 1;
    this.ctx.storage.kv.put("n", n);
    return new Response("visit " + n);
  }
}`

// documented is a program of the documented shape: an entry worker, a supervisor
// class, and a facet with loaded code.
const documented = `import { DurableObject } from "cloudflare:workers";
const CODE = ` + "`" + counterApp + "`" + `;
export class Root extends DurableObject {
  async fetch(request) {
    const facet = this.ctx.facets.get("app", async () => {
      const worker = this.env.LOADER.get("v1", async () => ({
        compatibilityDate: "2026-04-01", mainModule: "app.js", modules: { "app.js": CODE }, globalOutbound: null,
      }));
      return { class: worker.getDurableObjectClass("App") };
    });
    return await facet.fetch(request);
  }
}
export default {
  async fetch(request, env, ctx) {
    return await ctx.exports.Root.getByName("my-app").fetch(request);
  },
};`

func TestDocumentedProgram(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	h := realHost(t, func(c *Config) { c.Dir = dir })
	p := project(t, h, documented)
	want(t, p, "/", "visit 1")
	want(t, p, "/", "visit 2")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if code, body := get(p, "/"); code != 200 {
				t.Errorf("%d %q", code, body)
			}
		})
	}
	all.Wait()
	want(t, p, "/", "visit 23")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = realHost(t, func(c *Config) { c.Dir = dir })
	want(t, project(t, h, documented), "/", "visit 24")
}

// The program of the reference text runs as it is printed there.
func TestReferenceProgram(t *testing.T) {
	path := os.Getenv("FACETD_REFERENCE")
	if path == "" {
		// It is no part of the repository; TestDocumentedProgram is its equivalent.
		path = "../../shared/facets-reference.txt"
		if _, err := os.Stat(path); err != nil {
			t.Skip("the reference text is not here; name it in FACETD_REFERENCE: " + err.Error())
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\nJavaScript\n")
	source, _, ok2 := strings.Cut(rest, "\nIn this example:\n")
	if !ok || !ok2 {
		t.Fatal("the reference text has another shape")
	}
	h := realHost(t, nil)
	p, err := h.OpenProject(t.Context(), ProjectConfig{
		Worker: h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-16", MainModule: "src/index.ts",
			Modules: map[string]Module{"src/index.ts": TS(source)}}),
		Classes: []StoredClass{{Class: "AppRunner"}}, Loaders: []string{"LOADER"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		want(t, p, "/", fmt.Sprintf("You have made %d requests.\n", n))
	}
}

// family is a project whose class makes facets of itself, three levels down.
const family = `import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
const self = (o) => async () => ({ class: o.ctx.exports.Root });
export class Root extends DurableObject {
  count() { const n = (this.ctx.storage.kv.get("n") || 0) + 1; this.ctx.storage.kv.put("n", n); return n; }
  peek() { return this.ctx.storage.kv.get("n") || 0; }
  // down calls a method of the facet that path leads to.
  async down(path, method, ...args) {
    if (path.length === 0) return await this[method](...args);
    return await this.ctx.facets.get(path[0], self(this)).down(path.slice(1), method, ...args);
  }
  abort(name, text) { this.ctx.facets.abort(name, new RangeError(text)); }
  remove(name) { this.ctx.facets.delete(name); }
  clone(a, b) { this.ctx.facets.clone(a, b); }
  deep(name) { this.ctx.facets.get(name, self(this)); }
  who() { return { id: String(this.ctx.id), name: this.ctx.id.name, props: this.ctx.props, type: typeof this.ctx.id, greeting: this.env.GREETING }; }
  async seen(options) { return await this.ctx.facets.get("seen" + JSON.stringify(options), () => ({ class: this.ctx.exports.Root, ...options })).who(); }
  async special(props) { return await this.ctx.facets.get("special", () => ({ class: this.ctx.exports.Root({ props }) })).who(); }
  boom() { throw new RangeError("no luck"); }
  async caught(path, method, ...args) {
    try { return await this.down(path, method, ...args); }
    catch (e) { return [e.constructor.name, e.message, e.remote === true, e.durableObjectReset === true]; }
  }
  slow(ms) { return new Promise((r) => setTimeout(r, ms, "slow")); }
  // up calls the object from a facet of it.
  async up(name) { return await this.env.ROOT.getByName(name).peek(); }
  async inflight() {
    const f = this.ctx.facets.get("a", self(this));
    await f.peek();
    const call = f.slow(60000).then(() => "done", (e) => e.message);
    await scheduler.wait(50);
    this.ctx.facets.abort("a", new Error("stop"));
    const old = await f.peek().then(() => "alive", (e) => e.message);
    return [await call, old, await this.ctx.facets.get("a", self(this)).peek()];
  }
  die(text) { this.ctx.abort(text); }
  exported() { return Object.keys(this.ctx.exports).sort(); }
  async data(d) { return await this.ctx.facets.get("a", self(this)).echo(d); }
  echo(v) { return v; }
}
export class Named extends WorkerEntrypoint {
  hello(x) { return "hello " + x + " " + JSON.stringify(this.ctx.props) + " " + this.env.GREETING; }
}
export default { fetch() { return new Response("entry"); } };`

func TestNestedTree(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	h := realHost(t, func(c *Config) { c.Dir = dir })
	obj := project(t, h, family).Object("Root", "o")
	undefined := struct{}{}
	call := func(want any, method string, args ...any) {
		t.Helper()
		var got any
		if err := obj.Call(t.Context(), method, &got, args...); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s %v: %v, %v; want %v", method, args, got, err, want)
		}
	}
	abc := []string{"a", "b", "c"}
	call(1, "count")
	call(1, "down", []string{"a"}, "count")
	call(1, "down", abc[:2], "count")
	call(1, "down", abc, "count")
	call(2, "down", abc, "count")
	call([]any{"Error", "Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4.", true, false},
		"caught", abc, "deep", "d")
	call([]any{"RangeError", "no luck", true, false}, "caught", abc, "boom") // F48
	// Abort keeps data; the tree below goes on from its data, too (F57, F65).
	call(undefined, "abort", "a", "x")
	call(3, "down", abc, "count")
	call([]any{"stop", "stop", 1}, "inflight") // F56, F57
	// Clone copies the tree; both go on for themselves (F76, F77).
	call(undefined, "clone", "a", "z")
	call(4, "down", []string{"z", "b", "c"}, "count")
	call(4, "down", abc, "count")
	call(5, "down", abc, "count")
	// Nested facets delete theirs (F75).
	call(undefined, "down", abc[:2], "remove", "c")
	call(0, "down", abc, "peek")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = realHost(t, func(c *Config) { c.Dir = dir })
	obj = project(t, h, family).Object("Root", "o")
	call(2, "count")
	call(1, "down", abc[:2], "peek")
	call(4, "down", []string{"z", "b", "c"}, "peek")
	// Delete is recursive (F73).
	call(undefined, "remove", "z")
	call(0, "down", []string{"z", "b", "c"}, "peek")
	call(1, "down", []string{"a"}, "peek")
}

func TestIdsAndProps(t *testing.T) {
	h := realHost(t, nil)
	p := project(t, h, family)
	obj := p.Object("Root", "o")
	id := p.classes["Root"].idFromName("o")
	tests := []struct {
		method string
		arg    any
		want   string
	}{
		{"seen", map[string]any{}, fmt.Sprintf("map[greeting:hi id:%s name:o props:map[] type:object]", id)},             // F34
		{"seen", map[string]any{"id": "mine"}, "map[greeting:hi id:mine name:{} props:map[] type:string]"},               // F35
		{"seen", map[string]any{"id": 42}, "map[greeting:hi id:42 name:{} props:map[] type:string]"},                     // F37
		{"special", map[string]any{"a": 1}, fmt.Sprintf("map[greeting:hi id:%s name:o props:map[a:1] type:object]", id)}, // F39
	}
	for _, tt := range tests {
		var got any
		if err := obj.Call(t.Context(), tt.method, &got, tt.arg); err != nil || fmt.Sprint(got) != tt.want {
			t.Errorf("%s %v: %v, %v; want %v", tt.method, tt.arg, got, err, tt.want)
		}
	}
	// F18: a facet calls the object that waits for it.
	var n int
	if err := obj.Call(t.Context(), "down", &n, []string{"a"}, "up", "o"); err != nil || n != 0 {
		t.Errorf("F18: %d, %v", n, err)
	}
	// F67, F69: an instance that aborts itself takes its facets with it.
	var remote *RemoteError
	if err := obj.Call(t.Context(), "die", nil, "enough"); !errors.As(err, &remote) || remote.Message != "enough" {
		t.Errorf("F67: %v", err)
	}
	if err := obj.Call(t.Context(), "count", &n); err != nil || n != 1 {
		t.Errorf("after it: %d, %v", n, err)
	}
	var got string
	if err := p.Entrypoint("Named", map[string]any{"k": 1}).Call(t.Context(), "hello", &got, "you"); err != nil || got != `hello you {"k":1} hi` {
		t.Errorf("entrypoint: %q, %v", got, err)
	}
	want(t, p, "/", "entry")
}

// An entrypoint that is idle hibernates like a facet, and so does an object; both
// answer again.
func TestProjectHibernates(t *testing.T) {
	h := realHost(t, func(c *Config) { c.IdleTimeout = 200 * time.Millisecond })
	p := project(t, h, documented)
	want(t, p, "/", "visit 1")
	eventually(t, "everything hibernates", func() bool {
		for _, o := range h.live() {
			o.mu.Lock()
			live := false
			o.root.each(func(n *node) {
				if n.inc != nil {
					n.inc.mu.Lock()
					live = live || n.inc.live != nil
					n.inc.mu.Unlock()
				}
			})
			o.mu.Unlock()
			if live {
				return false
			}
		}
		return true
	})
	want(t, p, "/", "visit 2")
}

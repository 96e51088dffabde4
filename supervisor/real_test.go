package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/facetd/facetd/sandbox"
)

const buildTags = "sqlite_fts5 sqlite_math_functions sqlite_omit_load_extension"

// realRunner builds facet-runner once for all tests.
var realRunner = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "facetd-test-runner-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "facet-runner")
	out, err := exec.Command("go", "build", "-tags", buildTags, "-o", path, "github.com/facetd/facetd/cmd/facet-runner").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build facet-runner: %w\n%s", err, out)
	}
	builtRunner = path
	return path, nil
})

var builtRunner string // removed by TestMain

// skipOrFail skips a test whose prerequisite this machine lacks; under
// FACETD_MUST_WORK=1 that is a failure.
func skipOrFail(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("FACETD_MUST_WORK") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// realHost opens a host with the real runner in the real sandbox.
func realHost(t testing.TB, change func(*Config)) *Host {
	t.Helper()
	if os.Geteuid() != 0 {
		skipOrFail(t, "needs root: every layer of the sandbox is on")
	}
	runner, err := realRunner()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Dir: filepath.Join(t.TempDir(), "data"), RunnerPath: runner,
		// Ids and cgroups apart from those of tests that run beside this one.
		IDs:          sandbox.IDRange{First: 1_910_000_000 + uint32(os.Getpid()%10_000)*256, Count: 256},
		CgroupParent: fmt.Sprintf("facetd-test-%d", os.Getpid()),
		Logger:       slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	// What is not about time may take it, on a slow machine.
	cfg.Limits.CPU, cfg.Limits.Wall, cfg.StartTimeout = 20*time.Second, patience, patience
	if change != nil {
		change(&cfg)
	}
	h, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// js is a callback for a class App in one module.
func js(h *Host, source string, options ...ClassOption) Callback {
	return func(context.Context) (StartupOptions, error) {
		w := h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js",
			Modules: map[string]Module{"w.js": JS(source)}})
		return StartupOptions{Class: w.Class("App", options...)}, nil
	}
}

const counter = `import { DurableObject } from "cloudflare:workers";
export class App extends DurableObject {
  fetch(request) {
    let n = this.ctx.storage.kv.get("n") || 0;
    this.ctx.storage.kv.put("n", ++n);
    return new Response("" + n);
  }
  increment(by) {
    const n = (this.ctx.storage.kv.get("n") || 0) + by;
    this.ctx.storage.kv.put("n", n);
    return n;
  }
  who() { return [String(this.ctx.id), this.ctx.id.name, this.ctx.props]; }
  boom() { throw new RangeError("no luck"); }
}`

func TestRealCounter(t *testing.T) {
	h := realHost(t, nil)
	obj := h.Object("AppRunner", "my-app")
	facets := obj.Facets()
	app := facets.Get("app", js(h, counter, WithProps(map[string]any{"a": 1})))
	mustFetch(t, app, "/", "1")
	mustFetch(t, app, "/", "2")
	var n int
	if err := app.Call(t.Context(), "increment", &n, 5); err != nil || n != 7 {
		t.Errorf("%d, %v", n, err)
	}
	var who []any
	if err := app.Call(t.Context(), "who", &who); err != nil || len(who) != 3 || who[0] != obj.ID().String() || who[1] != "my-app" {
		t.Errorf("F34: %v, %v", who, err)
	}
	var remote *RemoteError
	if err := app.Call(t.Context(), "boom", nil); !errors.As(err, &remote) || remote.Name != "RangeError" || remote.Message != "no luck" {
		t.Errorf("F48: %v", err)
	}
	if err := facets.Clone("app", "copy"); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, app, "/", "8")
	mustFetch(t, facets.Get("copy", js(h, counter)), "/", "8")
	if err := facets.Abort("app", fmt.Errorf("new version")); err != nil {
		t.Fatal(err)
	}
	app = facets.Get("app", js(h, counter))
	mustFetch(t, app, "/", "9") // F57, F64
	if err := facets.Delete("app"); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, facets.Get("app", js(h, counter)), "/", "1") // F72
	list, err := facets.List(t.Context())
	if err != nil || len(list) != 2 || list[0].MemoryBytes == 0 || list[0].CPU == 0 {
		t.Errorf("%+v %v", list, err)
	}
}

// Data is there after the host is opened again, and after a kill.
func TestRealReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	for want := 1; want <= 3; want++ {
		h := realHost(t, func(c *Config) { c.Dir = dir })
		mustFetch(t, h.Object("N", "o").Facets().Get("app", js(h, counter)), "/", fmt.Sprint(want))
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRealErrors(t *testing.T) {
	h := realHost(t, nil)
	facets := h.Object("N", "o").Facets()
	tests := []struct{ name, source, want string }{
		{"syntax", "export class {", "w.js:1:14"},
		{"import", `import x from "nope.js"; export class App {}`, "nope.js"},
		{"top level", `throw new TypeError("at once")`, "at once"},
		{"no class", `export class Other {}`, "Worker has no such actor class: App"},
		{"constructor", `import { DurableObject } from "cloudflare:workers"; export class App extends DurableObject { constructor(c, e) { super(c, e); throw new Error("not today"); } }`, "not today"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fetch(t, facets.Get(tt.name, js(h, tt.source)), "/")
			if !contains(err, tt.want) {
				t.Errorf("%v", err)
			}
			mustFetch(t, facets.Get(tt.name, js(h, counter)), "/", "1") // not sticky
		})
	}
}

// What a facet does to itself ends with the right verdict, and its neighbour
// does not notice.
func TestRealLimits(t *testing.T) {
	h := realHost(t, func(c *Config) { c.Limits.MemoryBytes = 96 << 20 })
	facets := h.Object("N", "o").Facets()
	neighbour := facets.Get("neighbour", js(h, counter))
	mustFetch(t, neighbour, "/", "1")
	body := func(statements string) string {
		return `import { DurableObject } from "cloudflare:workers"; let keep = [];
export class App extends DurableObject { async fetch(r) { ` + statements + ` return new Response("ok"); } }`
	}
	tests := []struct {
		name, statements string
		limits           *Limits // of what ends by them alone
		verdicts         []Verdict
		call             error
	}{
		{"loop", `while (true) {}`, &Limits{CPU: 300e6}, nil, ErrCallCPU},
		{"endless microtasks", `await (async () => { for (;;) await null; })();`, &Limits{CPU: 300e6}, []Verdict{CPULimit}, ErrCallCPU},
		{"memory", `for (;;) keep.push(new Uint8Array(1 << 20).fill(1));`, nil, []Verdict{OOM, Crashed}, nil},
		{"forever", `await new Promise(() => {});`, &Limits{Wall: 3e9}, []Verdict{WallLimit}, ErrCallWall},
		{"recursion", `const f = () => f() + 1; try { f(); } catch (e) { return new Response("ok"); }`, nil, nil, nil},
		{"fetch out", `try { await fetch("http://example.com/"); } catch (e) { return new Response("ok"); }`, nil, nil, nil},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Limits: tt.limits,
				Modules: map[string]Module{"w.js": JS(body(tt.statements))}})
			stub := facets.Get(tt.name, func(context.Context) (StartupOptions, error) { return StartupOptions{Class: w.Class("App")}, nil })
			got, err := fetch(t, stub, "/")
			ok := got == "ok" && tt.verdicts == nil && tt.call == nil
			for _, v := range tt.verdicts {
				ok = ok || verdictOf(err) == v
			}
			ok = ok || tt.call != nil && errors.Is(err, tt.call)
			if !ok {
				t.Errorf("%q, %v (%v)", got, err, verdictOf(err))
			}
			mustFetch(t, neighbour, "/", fmt.Sprint(i+2))
			t.Log(err)
		})
	}
}

func TestRealLog(t *testing.T) {
	var mu sync.Mutex
	var lines []LogLine
	h := realHost(t, func(c *Config) {
		c.Log = func(l LogLine) { mu.Lock(); lines = append(lines, l); mu.Unlock() }
	})
	app := h.Object("N", "o").Facets().Get("app", js(h, `import { DurableObject } from "cloudflare:workers";
console.warn("at load");
export class App extends DurableObject { fetch(r) { console.log("hi", { a: 1 }); if (r.url.endsWith("boom")) throw new RangeError("oh\u001b[31m"); return new Response("ok"); } }`))
	mustFetch(t, app, "/", "ok")
	if code, body := get(app, "/boom"); code != 500 || body != "Internal Server Error" {
		t.Errorf("F54: %d %q", code, body)
	}
	eventually(t, "all lines", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(lines) >= 4
	})
	if last := lines[3]; last.Level != 4 || !strings.HasPrefix(last.Text, "Uncaught RangeError: oh") || !strings.Contains(last.Text, "w.js:3:") {
		t.Errorf("%+v", last)
	}
	if lines[0].Level != 3 || lines[0].Text != "at load" || lines[0].Facet != "N/o/app" || !strings.HasPrefix(lines[1].Text, "hi") {
		t.Errorf("%+v", lines)
	}
}

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Attacks 110 to 112 with real files: the fence keeps two processes from ever
// having one database, and no acknowledged count is lost between operations.
func TestRealRaces(t *testing.T) {
	h := realHost(t, func(c *Config) { c.IdleTimeout = 30 * time.Millisecond })
	facets := h.Object("N", "o").Facets()
	reason := errors.New("race")
	stop := make(chan struct{})
	var all sync.WaitGroup
	for i := range 3 {
		all.Go(func() {
			for n := 0; !isClosed(stop); n++ {
				last := 0
				stub := facets.Get("a", js(h, counter))
				for range 3 {
					body, err := fetch(t, stub, "/")
					if err != nil {
						if v := verdictOf(err); v != Aborted && v != Deleted {
							t.Errorf("caller %d: %v", i, err)
						}
						break
					}
					var now int
					if _, err := fmt.Sscan(body, &now); err != nil || now <= last {
						t.Errorf("%q after %d", body, last)
					}
					last = now
				}
				if n%4 == 0 {
					time.Sleep(40 * time.Millisecond) // let it hibernate
				}
			}
		})
	}
	all.Go(func() {
		defer close(stop)
		for n := range 12 {
			var err error
			switch n % 3 {
			case 0:
				err = facets.Abort("a", reason)
			case 1:
				err = facets.Clone("a", fmt.Sprint("copy", n))
			case 2:
				err = facets.Delete("a")
			}
			if err != nil {
				t.Errorf("operation %d: %v", n, err)
			}
			time.Sleep(60 * time.Millisecond)
		}
	})
	all.Wait()
	list, err := facets.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list { // every copy is a database that opens
		if _, err := fetch(t, facets.Get(f.Name, js(h, counter)), "/"); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// What was acknowledged is there after the process was killed.
func TestRealKill(t *testing.T) {
	h := realHost(t, nil)
	facets := h.Object("N", "o").Facets()
	app := facets.Get("app", js(h, counter))
	kill := func() {
		t.Helper()
		list, err := facets.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(list[0].PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the host notices", func() bool {
			list, err := facets.List(t.Context())
			return err == nil && list[0].State == StateStopped && list[0].Last.Verdict == Crashed
		})
	}
	for want := 1; want <= crashCount; want++ {
		mustFetch(t, app, "/", fmt.Sprint(want))
		kill()
	}
	eventually(t, "crashes in a row begin the back-off", func() bool {
		_, err := fetch(t, app, "/")
		var backoff *BackoffError
		if errors.As(err, &backoff) {
			return true
		}
		if err == nil { // it was over before we looked
			kill()
		}
		return false
	})
}

// Attack 116: a stopped child answers nothing; the wall limit ends it.
func TestRealStopped(t *testing.T) {
	h := realHost(t, func(c *Config) { c.Limits.Wall = 6 * time.Second })
	facets := h.Object("N", "o").Facets()
	app := facets.Get("app", js(h, counter))
	mustFetch(t, app, "/", "1")
	list, err := facets.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(list[0].PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch(t, app, "/"); !errors.Is(err, ErrCallWall) {
		t.Errorf("%v", err)
	}
	eventually(t, "it is ended and started again", func() bool { body, err := fetch(t, app, "/"); return err == nil && body >= "2" })
}

// A closed host leaves no process and no cgroup.
func TestRealNothingIsLeft(t *testing.T) {
	h := realHost(t, func(c *Config) { c.Pool = 2 })
	for i := range 5 {
		mustFetch(t, h.Object("N", fmt.Sprint(i)).Facets().Get("app", js(h, counter)), "/", "1")
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if n := children(t); n > 0 {
		t.Errorf("%d children live", n)
	}
	for _, pattern := range []string{"/sys/fs/cgroup/*/" + h.cfg.CgroupParent, "/sys/fs/cgroup/" + h.cfg.CgroupParent} {
		left, err := filepath.Glob(pattern + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range left {
			if info, err := os.Stat(l); err == nil && info.IsDir() {
				t.Errorf("cgroup %s is left", l)
			}
		}
	}
}

// A full database is an error of the call that filled it; what was there stays,
// and there is room again after something was deleted.
func TestRealQuota(t *testing.T) {
	h := realHost(t, nil)
	w := h.Loader().Load(WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.ts", Limits: &Limits{DatabaseBytes: 1 << 20},
		Env: map[string]any{"piece": strings.Repeat("x", 50_000)},
		Modules: map[string]Module{"w.ts": TS(`import { DurableObject } from "cloudflare:workers";
interface Env { piece: string }
export class App extends DurableObject {
  put(i: number): void { this.ctx.storage.kv.put("k" + i, (this.env as Env).piece); }
  delete(i: number): boolean { return this.ctx.storage.kv.delete("k" + i); }
  size(): number { return this.ctx.storage.sql.databaseSize; }
}`)}})
	facets := h.Object("N", "o").Facets()
	app := facets.Get("app", func(context.Context) (StartupOptions, error) { return StartupOptions{Class: w.Class("App")}, nil })
	var err error
	full := 0
	for ; err == nil && full < 100; full++ {
		err = app.Call(t.Context(), "put", nil, full)
	}
	if err == nil || full < 5 {
		t.Fatalf("after %d pieces: %v", full, err)
	}
	t.Log(err)
	var size int
	if err := app.Call(t.Context(), "size", &size); err != nil || size > 1<<20 {
		t.Errorf("%d, %v", size, err)
	}
	// Another instance opens the full database.
	if err := facets.Abort("app", errors.New("again")); err != nil {
		t.Fatal(err)
	}
	app = facets.Get("app", app.callback)
	if err := app.Call(t.Context(), "size", &size); err != nil || size < 1<<19 {
		t.Errorf("opened again: %d, %v", size, err)
	}
	for i := range 3 { // there is room again
		var gone bool
		if err := app.Call(t.Context(), "delete", &gone, i); err != nil || !gone {
			t.Errorf("%v, %v", gone, err)
		}
	}
	if err := app.Call(t.Context(), "put", nil, 0); err != nil {
		t.Error(err)
	}
	if err := facets.Delete("app"); err != nil {
		t.Errorf("delete the facet: %v", err)
	}
	if classes, err := w.Classes(t.Context()); err != nil || len(classes) != 1 || classes[0] != "App" {
		t.Errorf("%v, %v", classes, err)
	}
}

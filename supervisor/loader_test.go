package supervisor

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestLoaderCachesByID(t *testing.T) {
	h := peerHost(t, "ok", nil)
	var calls atomic.Int32
	load := func(context.Context) (WorkerCode, error) { calls.Add(1); return anyCode, nil }
	w := h.Loader().Get("v1", load)
	if calls.Load() != 0 {
		t.Error("the callback was called before the code was needed")
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if err := h.Loader().Get("v1", load).Prepare(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := calls.Load(); n != 1 || h.Loader().Get("v1", nil) != w {
		t.Errorf("L5: %d callbacks", n)
	}
	if one, other := h.Loader().Load(anyCode), h.Loader().Load(anyCode); one == other {
		t.Error("L7: anonymous workers are one")
	}
}

func TestFailedLoadsAreNotRemembered(t *testing.T) {
	h := peerHost(t, "ok", nil)
	boom := errors.New("boom")
	fail := func(context.Context) (WorkerCode, error) { return WorkerCode{}, boom }
	if err := h.Loader().Get("v1", fail).Prepare(t.Context()); !errors.Is(err, boom) {
		t.Errorf("%v", err)
	}
	if err := h.Loader().Get("v1", func(context.Context) (WorkerCode, error) { panic("oh") }).Prepare(t.Context()); !contains(err, "panicked") {
		t.Errorf("%v", err)
	}
	broken := anyCode
	broken.Modules = map[string]Module{"w.js": JS("syntax error")}
	var build *BuildError
	err := h.Loader().Get("v1", func(context.Context) (WorkerCode, error) { return broken, nil }).Prepare(t.Context())
	if !errors.As(err, &build) || !contains(err, "w.js:2:16: Unexpected") {
		t.Errorf("%v", err)
	}
	if err := h.Loader().Get("v1", func(context.Context) (WorkerCode, error) { return anyCode, nil }).Prepare(t.Context()); err != nil {
		t.Errorf("unlike L9: %v", err)
	}
}

func TestLoaderForgetsTheOldest(t *testing.T) {
	h := peerHost(t, "ok", nil)
	load := func(context.Context) (WorkerCode, error) { return anyCode, nil }
	first := h.Loader().Get("", load) // L8
	kept := h.Loader().Get("kept", load)
	for i := range maxWorkers {
		h.Loader().Get("id"+strings.Repeat("x", i), load)
		h.Loader().Get("kept", load)
	}
	if h.Loader().Get("kept", load) != kept || h.Loader().Get("", load) == first {
		t.Error("the wrong worker was forgotten")
	}
}

func TestCodeIsChecked(t *testing.T) {
	one := map[string]Module{"w.js": JS("x")}
	tests := []struct {
		name string
		code WorkerCode
		want string
	}{
		{"L17", WorkerCode{MainModule: "w.js", Modules: one}, "Invalid compatibility date: undefined"},
		{"date", WorkerCode{CompatibilityDate: "soon", MainModule: "w.js", Modules: one}, "Invalid compatibility date: soon"},
		{"L18", WorkerCode{CompatibilityDate: "2999-01-01", MainModule: "w.js", Modules: one}, "newest date supported"},
		{"L19", WorkerCode{CompatibilityDate: "2020-01-01", CompatibilityFlags: []string{"x"}, MainModule: "w.js", Modules: one}, "No such compatibility flag: x"},
		{"L20", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js"}, "must contain at least one module"},
		{"L21", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "zzz.js", Modules: one}, "No such module: zzz.js"},
		{"L22", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.rb", Modules: map[string]Module{"w.rb": JS("x")}}, "must end with"},
		{"no content", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: map[string]Module{"w.js": {}}}, "has no content"},
		{"not JSON", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: map[string]Module{"w.js": JSON(make(chan int))}}, "not JSON"},
		{"NUL", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "a\x00.js", Modules: map[string]Module{"a\x00.js": JS("x")}}, "not a module name"},
		{"L27", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: map[string]Module{"w.js": JS("x"), "d": Data(make([]byte, maxCode))}}, "Dynamic Worker code size (67108865 bytes) exceeds the maximum allowed size of 67108864 bytes."},
		{"L28", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: one, Env: map[string]any{"a": strings.Repeat("x", maxEnv)}}, "exceeds the maximum allowed size of 1048576 bytes."},
		{"L33", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: one, Env: map[string]any{"a": func() {}}}, "env cannot be cloned"},
		{"limits", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: one, Limits: &Limits{CPU: -1}}, "limit CPU"},
		{"small database", WorkerCode{CompatibilityDate: "2026-04-01", MainModule: "w.js", Modules: one, Limits: &Limits{DatabaseBytes: 1}}, "DatabaseBytes"},
		{"fine", WorkerCode{CompatibilityDate: "2020-01-01", MainModule: "w.ts", Modules: map[string]Module{"w.ts": TS("x"), "t": Text("t"), "c": CJS("c"), "j": JSON(1)}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, _, err := tt.code.check()
			var code *CodeError
			if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &code) || !contains(err, tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c, err := openCache(dir, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	key := func(b byte) [32]byte { return [32]byte{b} }
	if _, _, ok := c.get(key(1)); ok {
		t.Error("the empty cache has something")
	}
	if err := c.put(key(1), []byte("script"), []byte("map")); err != nil {
		t.Fatal(err)
	}
	if s, m, ok := c.get(key(1)); !ok || string(s) != "script" || string(m) != "map" {
		t.Errorf("%q %q %v", s, m, ok)
	}
	path := filepath.Join(dir, cacheName(key(1)))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good { // any damaged byte, and any cut
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if _, _, ok := parseCached(bad); ok {
			t.Fatalf("byte %d is not covered", i)
		}
		if _, _, ok := parseCached(good[:i]); ok {
			t.Fatalf("cut at %d", i)
		}
	}
	if err := os.WriteFile(path, good[:len(good)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := c.get(key(1)); ok {
		t.Error("a torn file is used")
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("a torn file stays")
	}
	for b := byte(10); b < 30; b++ {
		if err := c.put(key(b), make([]byte, 10_000), nil); err != nil {
			t.Fatal(err)
		}
	}
	var total int64
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, _ := e.Info()
		total += info.Size()
	}
	if total > 100_000 {
		t.Errorf("%d bytes are kept", total)
	}
	if _, _, ok := c.get(key(29)); !ok {
		t.Error("the newest was removed")
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, cacheName(key(99)))); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := c.get(key(99)); ok {
		t.Error("a link was followed")
	}
}

func TestBundleKeysDiffer(t *testing.T) {
	code := func(main string, modules map[string]Module) [32]byte {
		c := WorkerCode{MainModule: main, Modules: modules}
		return bundleKey(must(c.modules()))
	}
	keys := map[[32]byte]bool{
		code("a.js", map[string]Module{"a.js": JS("xy")}):                        true,
		code("a.js", map[string]Module{"a.js": JS("x"), "b": Text("y")}):         true,
		code("a.js", map[string]Module{"a.js": JS("x"), "b": Data([]byte("y"))}): true,
		code("b", map[string]Module{"a.js": JS("x"), "b": Text("y")}):            true,
		code("a.js", map[string]Module{"a.js": JS("x"), "by": Text("")}):         true,
	}
	if len(keys) != 5 {
		t.Errorf("%d different keys", len(keys))
	}
}

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// prepare has a worker of a tree bundled.
func prepare(ctx context.Context, h *Host, tree any, source string) error {
	code := anyCode
	code.Modules = map[string]Module{"w.js": JS(source)}
	w := newWorker(h.loader, "worker", func(context.Context) (WorkerCode, error) { return code, nil })
	w.tree = tree
	return w.Prepare(ctx)
}

// Code that takes for ever to bundle, of any number of trees, does not keep another
// tree's from being bundled meanwhile; what is only slow is bundled in the end.
func TestSlowBundlesGoElsewhere(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		quick      time.Duration
		served     bool
	}{
		{"hangs", "bundle hangs", 100 * time.Millisecond, true},
		{"loops", "bundle loops", 100 * time.Millisecond, true},
		{"control: a long turn", "bundle hangs", time.Hour, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := peerHost(t, "ok", func(c *Config) { c.StartTimeout, c.quickBundle = time.Minute, tt.quick })
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var all sync.WaitGroup
			for n := range 12 {
				all.Go(func() {
					if err := prepare(ctx, h, n%4, fmt.Sprint("// ", n, tt.code)); err == nil {
						t.Error("bundled")
					}
				})
			}
			eventually(t, "all bundlers work", func() bool { return h.loader.slots.Free() == 0 || h.loader.slow.Free() == 0 })
			patience := time.Minute
			if !tt.served {
				patience = 300 * time.Millisecond
			}
			mine, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			err := prepare(mine, h, "victim", "// quick")
			if tt.served && err != nil || !tt.served && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the victim: %v", err)
			}
			cancel()
			all.Wait()
			h.Close() // which ends those that go on without anybody who waits
		})
	}
}

// A real bundler is held to its time; code that needs more than the first one has is
// bundled by the second.
func TestSlowBundleReal(t *testing.T) {
	var b strings.Builder
	for n := range 15_000 {
		fmt.Fprintf(&b, "export const f%d = (a, b) => { const c = [a, b, %d]; return { ...c, d: `${a}` } };\n", n, n)
	}
	h := realHost(t, func(c *Config) { c.quickBundle = 20 * time.Millisecond })
	if err := prepare(t.Context(), h, "a", b.String()); err != nil {
		t.Errorf("slow code: %v", err)
	}
	h = realHost(t, func(c *Config) {
		c.quickBundle, c.slowBundle = 10*time.Millisecond, 20*time.Millisecond
		c.CgroupParent += "-short"
		c.IDs.First += 256 * 20_000
	})
	var code *CodeError
	if err := prepare(t.Context(), h, "a", b.String()); !errors.As(err, &code) || !strings.Contains(err.Error(), "bundle it beforehand") {
		t.Errorf("too slow code: %v", err)
	}
}

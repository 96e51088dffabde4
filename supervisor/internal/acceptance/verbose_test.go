//go:build linux && amd64

package acceptance

import (
	"strings"
	"sync"
	"testing"

	"github.com/facetd/facetd/supervisor"
)

// An application that says more than a message can hold loses what it says, and
// no more: none of this needs a taken-over runner, so none of it is a violation,
// and its other calls go on.
func TestTooMuchToSay(t *testing.T) {
	var mu sync.Mutex
	var ended []string
	h := openHost(t, func(c *supervisor.Config) {
		c.Ended = func(v *supervisor.VerdictError) {
			mu.Lock()
			defer mu.Unlock()
			if v.Verdict.Unexpected() {
				ended = append(ended, v.Error())
			}
		}
	})
	tests := []struct {
		path   string
		calls  int
		status int
	}{
		{"/", 1, 200},
		{"/header", 1, 500},
		{"/headers", 60, 200},
		{"/status-text", 1, 500},
		{"/throw", 1, 500},
		{"/throw-many", 60, 500},
		{"/log", 1, 200},
		{"/log-one", 1, 200},
		{"/chunks", 3, 200},
	}
	app := func(name string) *supervisor.Stub {
		return h.Object("verbose", name).Facets().Get("app", start(h, source(t, "verbose.js"), nil))
	}
	for _, tt := range tests {
		t.Run(tt.path[1:], func(t *testing.T) {
			stub := app(tt.path)
			var all sync.WaitGroup
			for range tt.calls {
				all.Go(func() {
					if status, _ := serve(stub, tt.path); status != tt.status {
						t.Errorf("status %d, want %d", status, tt.status)
					}
				})
			}
			all.Wait()
		})
	}
	t.Run("result", func(t *testing.T) {
		var s string
		if err := app("result").Call(t.Context(), "large", &s); err == nil || !strings.Contains(err.Error(), "RangeError") {
			t.Errorf("%.300v", err)
		}
	})
	mu.Lock()
	defer mu.Unlock()
	if len(ended) > 0 {
		t.Errorf("%d instances ended, the first: %.300s", len(ended), ended[0])
	}
}

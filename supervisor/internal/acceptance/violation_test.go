//go:build linux && amd64

package acceptance

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// TestViolationIsReported is the control of TestServesWithoutViolation: a runner
// that does open a path is killed, the caller and the list of facets say for
// which call, and a client behind HTTP learns no more than its status.
func TestViolationIsReported(t *testing.T) {
	runner := filepath.Join(t.TempDir(), "facet-runner")
	if err := buildRunner(runner, "github.com/facetd/facetd/facet/runner/testrunner"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan *supervisor.VerdictError, 1)
	h := openHost(t, func(c *supervisor.Config) {
		c.RunnerPath, c.Pool = runner, -1
		c.Ended = func(v *supervisor.VerdictError) { ended <- v }
	})
	o := h.Object("violation", "house")
	s := o.Facets().Get("app", start(h, source(t, "counter.js"), nil))
	// The fault comes soon after the start: the first call may be answered.
	if status, body := serve(s, "/"); status != 200 && (status != 502 || body != "Bad Gateway") {
		t.Errorf("status %d %q", status, body)
	}
	var v *supervisor.VerdictError
	select {
	case v = <-ended:
	case <-time.After(deadline):
		t.Fatalf("the runner opened a path and lives after %v", deadline)
	}
	if v.Verdict != supervisor.PolicyViolation || v.Layer != "seccomp" || !strings.HasPrefix(v.Reason.Error(), "openat(") {
		t.Errorf("verdict %v, layer %q, reason %v", v.Verdict, v.Layer, v.Reason)
	}
	eventually(t, "the list has the verdict", func() bool {
		last := info(t, o, "app").Last
		return last != nil && last.Verdict == supervisor.PolicyViolation
	})
	for {
		_, err := fetch(s, "/")
		if err == nil {
			continue // answered before the fault
		}
		if e := new(supervisor.VerdictError); !errors.As(err, &e) || e.Verdict != supervisor.PolicyViolation {
			t.Errorf("the caller got %v", err)
		}
		break
	}
}

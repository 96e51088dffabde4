//go:build linux && amd64

package acceptance

import (
	"errors"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// TestServesWithoutViolation lets a facet use everything the runtime has for a
// while. The policy kills at the first call that it denies, so that the facet
// still runs is the proof that there was none.
func TestServesWithoutViolation(t *testing.T) {
	for name, jit := range map[string]bool{"hardened": false, "jit": true} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan *supervisor.VerdictError, 16)
			h := openHost(t, func(c *supervisor.Config) {
				c.JIT, c.Ended = jit, func(v *supervisor.VerdictError) { ended <- v }
				c.Limits.CPU = 20 * time.Second
			})
			s := h.Object("sealed", "house").Facets().Get("app", start(h, source(t, "tour.js"), nil))
			span := 1500 * time.Millisecond
			if long() {
				span = 30 * time.Second
			}
			visits := 0
			for end := time.Now().Add(span); time.Now().Before(end); visits++ {
				mustServe(t, s, "/", "fine")
				_, err := fetch(s, "/throw")
				if e := new(supervisor.RemoteError); !errors.As(err, &e) || e.Name != "RangeError" {
					t.Fatalf("an exception: %v", err)
				}
				if status, _ := post(s, "/", 1<<20); status != 200 {
					t.Fatalf("a large request: status %d", status)
				}
			}
			select {
			case v := <-ended:
				t.Errorf("an instance ended: %v", v)
			default:
			}
			t.Logf("%d visits", visits)
		})
	}
}

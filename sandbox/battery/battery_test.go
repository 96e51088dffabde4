//go:build linux && amd64

package battery

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// full is set by "make attack": each layer of each attempt alone. The short form
// does that for the gravest cases only.
func full() bool { return os.Getenv("FACETD_ATTACK") == "full" }

// TestBattery makes every attack that takes no more than a sandbox.
func TestBattery(t *testing.T) {
	b := newBattery(t)
	for _, c := range Cases() {
		if len(c.Attempts) == 0 {
			continue
		}
		t.Run(fmt.Sprintf("%d %s", c.Number, c.Name), func(t *testing.T) {
			depth := Control
			if full() || c.Gravest {
				depth = Whole
			}
			for _, a := range c.Attempts {
				row, err := b.Run(t.Context(), a, depth)
				if err != nil {
					t.Errorf("%s: %v", a.Name, err)
					continue
				}
				for _, fault := range row.Faults(c, a) {
					t.Errorf("%s: %s", a.Name, fault)
				}
				t.Logf("%s: %s", a.Name, row.describe(a))
			}
		})
	}
}

// describe is a row in one line.
func (r Row) describe(a Attempt) string {
	if r.Skip != "" {
		return "not run: " + r.Skip
	}
	parts := []string{r.All.How}
	if r.Control != nil {
		parts = append(parts, "control: "+r.Control.How)
	}
	if r.Why != "" {
		parts = append(parts, "no control: "+r.Why)
	}
	for _, layer := range a.Holders.Each() {
		if result, ok := r.Alone[layer]; ok {
			parts = append(parts, fmt.Sprintf("%s alone: %s", layer, result.How))
		}
	}
	return strings.Join(parts, "; ")
}

//go:build linux && amd64

package sandbox

import (
	"errors"
	"strings"
	"testing"
)

// TestSignalsNobody: kill(-1) reaches every process the caller can see; in its
// pid namespace the child is alone. There is no control with the namespace
// removed: it would end the machine's processes.
func TestSignalsNobody(t *testing.T) {
	c := startChild(t, newLauncher(t), Policy{Without: Seccomp | Landlock})
	if _, err := c.ask("kill-all"); !errors.Is(err, errDenied) || !strings.Contains(err.Error(), "no such process") {
		t.Errorf("answer %v", err)
	}
	if got := c.mustAsk("hello still"); got != "still" {
		t.Errorf("answer %q", got)
	}
}

//go:build linux && amd64

package acceptance

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/facetd/facetd/supervisor"
)

const (
	killFacets = 4
	// killsInRow is how often a facet's process is killed before its host is
	// closed and opened again: one failure more and the back-off would begin.
	killsInRow = 3
)

// TestKillChild kills facets' processes at random moments while clients write.
// What was acknowledged is there after every single kill, and the file is sound.
func TestKillChild(t *testing.T) {
	rounds := 4
	if long() {
		rounds = 25
	}
	dir := filepath.Join(t.TempDir(), "data")
	ledgers := map[string]*ledger{}
	for n := range killFacets {
		ledgers[fmt.Sprintf("object%d", n)] = newLedger()
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			h := openHost(t, func(c *supervisor.Config) { c.Dir = dir })
			for name, l := range ledgers {
				o := h.Object("kill", name)
				database := filepath.Join(dir, "kill", o.ID().String(), "1.sqlite")
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					killRow(t, h, o, database, l)
				})
			}
		})
		if t.Failed() {
			return
		}
	}
	summary(t, rounds*killFacets*killsInRow, ledgers)
}

// killRow kills the process of one facet several times.
func killRow(t *testing.T, h *supervisor.Host, o *supervisor.Object, database string, l *ledger) {
	stub := o.Facets().Get("app", start(h, source(t, "ledger.js"), nil))
	do := func(path string) (int, string) { return serve(stub, path) }
	for n := range killsInRow {
		l.balanced(t, do)
		// 503: a call that found the process dead before it was sent asks for the
		// next one, and after the last kill of the row that one has to wait.
		work := l.begin(t, do, 4, 502, 503)
		l.randomMoment(t)
		pid := info(t, o, "app").PID
		if pid == 0 {
			t.Error("no process to kill")
		} else if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		work.end()
		// Until the supervisor knows, a call would still be the dead instance's.
		eventually(t, "the killed process is known to be gone", func() bool { return info(t, o, "app").PID != pid })
		if t.Failed() {
			t.Fatalf("after kill %d of this round", n+1)
		}
	}
	l.contained(t, intact(t, database))
}

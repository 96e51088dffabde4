//go:build linux && amd64

package acceptance

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// logged counts what facets log.
type logged struct {
	mu                    sync.Mutex
	lines, bytes, dropped int
	text                  strings.Builder
}

func (l *logged) add(line supervisor.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines++
	l.bytes += len(line.Text) + 1
	l.dropped += line.Dropped
	if line.Level == 4 {
		l.text.WriteString(line.Text + "\n")
	}
}

// TestLogFlood lets a facet log without end. What comes through is within the
// rate, the rest is counted, and later lines come through again.
func TestLogFlood(t *testing.T) {
	var l logged
	limits := floodLimits
	limits.LogBurst, limits.LogBytesPerSecond = 64<<10, 32<<10
	h := openHost(t, func(c *supervisor.Config) { c.Log = l.add })
	s := h.Object("log", "house").Facets().Get("app", start(h, source(t, "attacker.js"), &limits))
	mustServe(t, s, "/", "well")
	began := time.Now()
	if _, err := fetch(s, "/log"); !errors.Is(err, supervisor.ErrCallCPU) {
		t.Errorf("an endless flood: %v", err)
	}
	eventually(t, "a line after the flood, with the count of those that were dropped", func() bool {
		mustServe(t, s, "/logline", "logged")
		l.mu.Lock()
		defer l.mu.Unlock()
		return strings.Contains(l.text.String(), "after the flood") && l.dropped > 0
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	took := time.Since(began)
	if most := limits.LogBurst + int(took.Seconds()*float64(limits.LogBytesPerSecond)) + 1; l.bytes > most {
		t.Errorf("%d bytes in %v came through, want at most %d", l.bytes, took, most)
	}
	t.Logf("%d lines, %d bytes came through, %d lines were dropped, in %v", l.lines, l.bytes, l.dropped, took)
}

package instance

import (
	"testing"
	"time"
)

// Attack 63: a line costs more than its text.
func TestEmptyLines(t *testing.T) {
	lines := 0
	count := func(int, string, int) { lines++ }
	const path = "namespace/object/facet"
	g := newLogGate(path, count, 1000, 10_000)
	begin := time.Now()
	for range 10_000 {
		g.pass(1, "", 0)
	}
	if most := (10_000+int(time.Since(begin).Seconds()*1000))/(lineCost+len(path)) + 1; lines == 0 || lines > most {
		t.Errorf("%d empty lines came through, want at most %d", lines, most)
	}
	if g := newLogGate(path, count, 1, 10); !g.pass(1, "longer than what may come at once", 0) || g.pass(1, "", 0) {
		t.Error("control: a limit below one line is one line at a time")
	}
}

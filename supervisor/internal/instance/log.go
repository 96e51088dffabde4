package instance

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

const (
	// maxConsoleLine is where a console line is cut, in bytes.
	maxConsoleLine = 8 << 10
	// floodPause is how long the receiver waits after a line over the limit: a
	// flood costs its own instance, not the supervisor's processor.
	floodPause = 2 * time.Millisecond
	// lineCost is what a line takes beside its text and the facet's path, in bytes: a
	// time, keys. Without it a flood of empty lines would be a thousand times the limit.
	lineCost = 64
)

// logGate limits what an instance logs, in bytes per second. Lines over the
// limit are dropped and counted; the next line that passes carries the count.
type logGate struct {
	sink func(level int, text string, dropped int)
	cost int // of a line, beside its text

	mu      sync.Mutex
	limit   *rate.Limiter
	dropped int
}

func newLogGate(facet string, sink func(int, string, int), bytesPerSecond, burst int) *logGate {
	return &logGate{sink: sink, cost: lineCost + len(facet), limit: rate.NewLimiter(rate.Limit(bytesPerSecond), burst)}
}

// console takes a frame from the receiver.
func (g *logGate) console(l *facetv1.Log) {
	if !g.pass(int(min(l.Level, 4)), l.Text, int(min(l.Dropped, 1<<20))) {
		time.Sleep(floodPause)
	}
}

// output takes a line of the process's own output.
func (g *logGate) output(text string) { g.pass(-1, text, 0) }

func (g *logGate) pass(level int, text string, dropped int) bool {
	if g.sink == nil {
		return true
	}
	if len(text) > maxConsoleLine {
		text = text[:maxConsoleLine]
	}
	g.mu.Lock()
	g.dropped += dropped
	if !g.limit.AllowN(time.Now(), min(len(text)+g.cost, g.limit.Burst())) {
		g.dropped++
		g.mu.Unlock()
		return false
	}
	dropped, g.dropped = g.dropped, 0
	g.mu.Unlock()
	g.sink(level, text, dropped)
	return true
}

package supervisor

import (
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
)

const (
	// crashCount failures within crashWindow begin the back-off; it doubles with
	// every further one, from crashFirst to crashMax, and is forgotten after
	// crashCalm without a failure.
	crashCount  = 3
	crashWindow = 10 * time.Second
	crashFirst  = 500 * time.Millisecond
	crashMax    = time.Minute
	crashCalm   = 2 * time.Minute
)

// backoff keeps a facet that fails at once from being started again and again.
type backoff struct {
	recent []time.Time
	level  int
	until  time.Time
	last   error
}

// failed records a failure.
func (b *backoff) failed(now time.Time, err error) {
	if b.calm(now) {
		*b = backoff{}
	}
	b.last = err
	b.recent = append(b.recent, now)
	if len(b.recent) > crashCount {
		b.recent = b.recent[1:]
	}
	if b.level == 0 && (len(b.recent) < crashCount || now.Sub(b.recent[0]) > crashWindow) {
		return
	}
	wait := min(crashFirst<<min(b.level, 10), crashMax)
	b.level++
	b.until = now.Add(wait)
}

// calm reports whether there is nothing left to remember.
func (b *backoff) calm(now time.Time) bool {
	n := len(b.recent)
	return n == 0 || now.Sub(b.recent[n-1]) > crashCalm
}

// check returns an error while the facet has to wait.
func (b *backoff) check(now time.Time, facet string) error {
	if wait := b.until.Sub(now); wait > 0 {
		return &fault.BackoffError{Facet: facet, Failures: b.level + crashCount - 1, RetryAfter: wait, Last: b.last}
	}
	return nil
}

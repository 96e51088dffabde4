package instance

import (
	"time"

	"golang.org/x/time/rate"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// paceRate and paceBurst bound what an instance may say of itself again and again: that
// its alarm is at a time, or its automatic answer a text. An application has to commit
// for the one and take a turn for the other, so it comes nowhere near; a runner that was
// taken over repeats it as fast as it can copy, in messages that cost the supervisor ten
// times as much.
const (
	paceRate  = 20_000 // a second
	paceBurst = 20_000
)

// pace slows an instance down that says too much, as a flood of console lines does. The
// receiver calls its functions.
type pace struct{ limit *rate.Limiter }

func newPace() pace { return pace{rate.NewLimiter(paceRate, paceBurst)} }

func (p pace) wait() {
	if !p.limit.Allow() {
		time.Sleep(floodPause)
	}
}

func (p pace) alarm(take func(ms int64)) func(int64) {
	if take == nil {
		return nil
	}
	return func(ms int64) { p.wait(); take(ms) }
}

func (p pace) auto(take func(*facetv1.WsAuto) error) func(*facetv1.WsAuto) error {
	if take == nil {
		return nil
	}
	return func(a *facetv1.WsAuto) error { p.wait(); return take(a) }
}

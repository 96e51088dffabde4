package main

import (
	"runtime/metrics"
	"time"
)

// longWait is from where on a goroutine that is ready counts as kept waiting.
const longWait = time.Millisecond

// waits tells how long goroutines were kept from running by others, or by the machine.
type waits struct {
	sample [1]metrics.Sample
	before []uint64
}

func newWaits() *waits {
	w := &waits{}
	w.sample[0].Name = "/sched/latencies:seconds"
	w.sinceLast()
	return w
}

// sinceLast adds up, from below, the long waits since it was called last: more than
// the time that has passed where several goroutines waited at once.
func (w *waits) sinceLast() time.Duration {
	metrics.Read(w.sample[:])
	h := w.sample[0].Value.Float64Histogram()
	if w.before == nil {
		w.before = make([]uint64, len(h.Counts))
	}
	var sum float64
	for i, n := range h.Counts {
		if from := h.Buckets[i]; from >= longWait.Seconds() {
			sum += from * float64(n-w.before[i])
		}
	}
	copy(w.before, h.Counts)
	return time.Duration(sum * float64(time.Second))
}

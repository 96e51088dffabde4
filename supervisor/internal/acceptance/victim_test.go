//go:build linux && amd64

package acceptance

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// victimSlow is what a victim's request may take at most, whatever else runs on
// the machine. It is far above what is measured, which the tests log.
const victimSlow = deadline - 5*time.Second

// watched is clients that call a handler without a pause.
type watched struct {
	t       *testing.T
	clients sync.WaitGroup
	stop    chan struct{}
	once    sync.Once

	mu    sync.Mutex
	times []time.Duration
}

// watch puts two clients to work on a handler until end is called. Each request
// that is not answered with 200 in time is an error.
func watch(t *testing.T, h http.Handler) *watched {
	w := &watched{t: t, stop: make(chan struct{})}
	for range 2 {
		w.clients.Go(func() {
			for {
				select {
				case <-w.stop:
					return
				default:
				}
				if !w.one(h) {
					return
				}
			}
		})
	}
	t.Cleanup(func() { w.end() })
	return w
}

func (w *watched) one(h http.Handler) bool {
	begin := time.Now()
	status, body := serve(h, "/")
	took := time.Since(begin)
	if status != 200 {
		w.t.Errorf("the victim: status %d %.200q", status, body)
		return false
	}
	if took > victimSlow {
		w.t.Errorf("the victim took %v", took)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = append(w.times, took)
	return true
}

func (w *watched) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.times)
}

// end stops the clients and describes what they saw.
func (w *watched) end() string {
	w.once.Do(func() { close(w.stop) })
	w.clients.Wait()
	if len(w.times) == 0 {
		w.t.Error("the victim was never asked")
		return ""
	}
	slices.Sort(w.times)
	at := func(q float64) time.Duration {
		return w.times[int(q*float64(len(w.times)-1))].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("%d requests, p50 %v, p99 %v, longest %v", len(w.times), at(0.5), at(0.99), at(1))
}

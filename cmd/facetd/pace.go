package main

import (
	"context"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// fewRequests is how many requests may be under way in a quiet daemon.
	fewRequests = 2
	// A daemon is quiet again below the first share of one processor, and not any
	// more above the second, in percent.
	quietShare, busyShare = 50, 75
	// Nor is it where goroutines that were ready waited long for that share of the time,
	// in percent, all together, nor until waitsFor after that: whoever makes others wait
	// again and again has one look in 600, or an idle one in 120, and so fewer than one
	// in a hundred of their requests.
	waitShare = 2
	waitsFor  = 2 * time.Minute
	// How often it looks, while requests come and while none do.
	lookEvery, lookIdle = 200 * time.Millisecond, time.Second
)

// pace lets Go run goroutines on one thread at a time while the daemon is quiet.
//
// A request passes through a dozen goroutines here, one after the other. With a
// second thread at hand Go's scheduler wakes it for each of them, in case there
// is more to do (wakep in runtime/proc.go), and the two then take the goroutines
// from each other: a third of all switches between threads that a request costs
// where nothing else runs. Where more requests are under way, or the daemon has
// much to do, it gets all processors at once. So it does soon where something keeps
// goroutines waiting: one that computes, such as the reader of a hostile runner's
// large messages, holds the only thread for 10 ms at a time, and a thread that the
// machine's other processes keep waiting is better not the only one.
type pace struct {
	next   http.Handler
	inside atomic.Int32
	peak   atomic.Int32 // the most of inside since the last look
	came   atomic.Bool  // requests did, since the last look
	crowd  chan struct{}
	waited func() time.Duration // long waits since the last call
}

func newPace(next http.Handler) *pace {
	return &pace{next: next, crowd: make(chan struct{}, 1), waited: newWaits().sinceLast}
}

// ServeHTTP implements http.Handler.
func (p *pace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := p.inside.Add(1)
	defer p.inside.Add(-1)
	p.came.Store(true)
	for {
		peak := p.peak.Load()
		if n <= peak || p.peak.CompareAndSwap(peak, n) {
			break
		}
	}
	if n > fewRequests {
		select {
		case p.crowd <- struct{}{}:
		default:
		}
	}
	p.next.ServeHTTP(w, r)
}

// start sets the pace until stop, which waits until all processors are there again.
// It owns GOMAXPROCS of the process meanwhile, and leaves that alone where the
// operator has set it.
func (p *pace) start() (stop func()) {
	if os.Getenv("GOMAXPROCS") != "" || runtime.GOMAXPROCS(0) == 1 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (p *pace) run(ctx context.Context) {
	quiet := false
	defer func() {
		if quiet {
			runtime.SetDefaultGOMAXPROCS()
		}
	}()
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()
	before, used := time.Now(), cpuTime()
	var waitedAt time.Time // when somebody last did, on the one thread
	for {
		var crowd <-chan struct{} // told at once only while it changes something
		if quiet {
			crowd = p.crowd
		}
		select {
		case <-ctx.Done():
			return
		case <-crowd:
		case <-timer.C:
		}
		now, cpu, was := time.Now(), cpuTime(), quiet
		if waited := p.waited(); was && waitedLong(waited, now.Sub(before)) {
			waitedAt = now
		}
		quiet = stayQuiet(was, int(p.peak.Load()), cpu-used, now.Sub(before)) && now.Sub(waitedAt) >= waitsFor
		if quiet && !was {
			select { // a crowd that is over
			case <-p.crowd:
			default:
			}
			runtime.GOMAXPROCS(1)
		}
		if was && !quiet {
			runtime.SetDefaultGOMAXPROCS()
		}
		before, used = now, cpu
		p.peak.Store(p.inside.Load())
		if p.came.Swap(false) || p.inside.Load() > 0 {
			timer.Reset(lookEvery)
		} else {
			timer.Reset(lookIdle)
		}
	}
}

// stayQuiet decides, by the most requests that were under way and the processor
// time that the daemon took of a time, whether it is quiet.
func stayQuiet(quiet bool, requests int, cpu, wall time.Duration) bool {
	share := time.Duration(quietShare)
	if quiet {
		share = busyShare
	}
	return requests <= fewRequests && cpu*100 <= wall*share
}

// waitedLong decides whether those who waited in a time did so for too much of it.
func waitedLong(waited, wall time.Duration) bool { return waited*100 > max(wall, lookEvery)*waitShare }

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

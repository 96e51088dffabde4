package instance

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

const (
	// cpuGrace is added to the processor limit before the kernel's stop: the
	// engine's own watchdog ends the call first where it still works.
	cpuGrace = 500 * time.Millisecond
	// wallGrace is how long a runner may take to answer a cancelled call.
	wallGrace = time.Second
	// busyTick and idleTick are how often an instance is looked at with and
	// without calls under way.
	busyTick = 100 * time.Millisecond
	idleTick = time.Second
	// idleBytes is how much a process without a call may send between two
	// looks, console lines and HTTP/2's own frames together, in bytes.
	idleBytes = 16 << 20
)

// watch holds an instance to its limits from outside: processor time by the
// kernel's clock of the process, wall time by ours. It costs a timer, no
// goroutine, and two system calls each tick.
type watch struct {
	instance *Instance
	mux      *wire.Mux
	limits   Limits
	tick     time.Duration
	timer    *time.Timer
	idle     atomic.Bool

	mu       sync.Mutex
	stopped  bool
	progress uint64        // at the last tick
	base     time.Duration // processor time at the last progress
	late     time.Time     // when calls were last expired and not yet answered
	lateSeen uint64        // what was heard then
	read     int64         // bytes received at the last tick
	calls    bool          // whether calls were under way then
}

func newWatch(i *Instance, m *wire.Mux, l Limits) *watch {
	w := &watch{instance: i, mux: m, limits: l, tick: max(min(busyTick, l.Wall/4), 5*time.Millisecond)}
	if used, err := i.proc.CPUTime(); err == nil {
		w.base = used
	}
	w.idle.Store(true)
	w.mu.Lock() // look may be about to use the timer before it is there
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(idleTick, w.look)
	return w
}

// begin is called for every call, after it counts as active.
func (w *watch) begin() {
	if w.idle.Load() && w.idle.Swap(false) {
		w.timer.Reset(w.tick)
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	w.timer.Stop()
}

func (w *watch) look() {
	w.mu.Lock()
	if w.stopped {
		w.mu.Unlock()
		return
	}
	verdict := w.check(time.Now())
	if verdict == nil {
		next := w.tick
		if w.mux.Active() == 0 && w.late.IsZero() {
			w.idle.Store(true)
			next = idleTick
			if w.mux.Active() > 0 { // opened meanwhile, without seeing the flag
				w.idle.Store(false)
				next = w.tick
			}
		}
		w.timer.Reset(next)
	}
	w.mu.Unlock()
	if verdict != nil {
		w.instance.Kill(verdict)
	}
}

// check returns a verdict where a limit was exceeded; w.mu is held.
func (w *watch) check(now time.Time) *fault.VerdictError {
	active := max(w.mux.Active(), 1)
	progress := w.mux.Progress()
	if v := w.flood(); v != nil {
		return v
	}
	used, err := w.instance.proc.CPUTime()
	switch {
	case err != nil: // the process has just ended; its exit decides
	case progress != w.progress:
		w.base = used
	default:
		// Calls interleave, so each of those under way may have used its share
		// before the first is answered.
		if spent := used - w.base; spent > w.limits.CPU*time.Duration(active)+cpuGrace {
			v := fault.New(fault.CPULimit, "the process used %v of processor time without answering", spent.Round(time.Millisecond))
			v.Hint = "the limit is Limits.CPU for each call"
			return v
		}
	}
	w.progress = progress
	if stalled := w.mux.Stalled(now); stalled > w.limits.Wall+wallGrace {
		return fault.New(fault.WallLimit, "the process did not take what was sent to it for %v", stalled.Round(time.Millisecond))
	}
	heard := w.mux.Heard()
	if !w.late.IsZero() && now.Sub(w.late) > wallGrace {
		// An instance that waits for others is told by them that they failed.
		if heard == w.lateSeen && w.mux.Incoming() == 0 {
			v := fault.New(fault.WallLimit, "a call took longer than %v, and nothing was heard within %v of cancelling it", w.limits.Wall, wallGrace)
			v.Hint = "the limit is Limits.Wall"
			return v
		}
		w.late = time.Time{}
	}
	if w.mux.Expire(now.Add(-w.limits.Wall), fault.ErrCallWall) > 0 && w.late.IsZero() {
		w.late, w.lateSeen = now, heard
	}
	return nil
}

// flood ends a process that sends a great deal while nobody asked for anything:
// HTTP/2 pings and settings, say, which gRPC answers (attack 78).
func (w *watch) flood() *fault.VerdictError {
	read, calls := w.instance.conn.read.Load(), w.mux.Active() > 0 || w.mux.Incoming() > 0 || w.mux.Sockets() > 0
	defer func() { w.read, w.calls = read, calls }()
	if got := read - w.read; got > idleBytes && !calls && !w.calls {
		return fault.New(fault.ProtocolViolation, "the process sent %d bytes while no call was under way", got)
	}
	return nil
}

package supervisor

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/gate"
	"github.com/facetd/facetd/supervisor/internal/gateway"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// classMemory is how long a facet that does not run remembers its class: after
// that the callback is asked again (fact F94).
const classMemory = 70 * time.Second

// heldIdle is how long without a call an instance does not hibernate because others
// hold what it exported (docs/projects.md).
const heldIdle = 10 * time.Minute

// incarnation is what stubs lead to from the first Get of a facet to its abort,
// deletion or replacement; after that its stubs fail for ever with the reason
// (fact F57). Within it instances come and go: they hibernate, crash, and are
// started again.
type incarnation struct {
	node *node
	gate *gate.Gate
	gone chan struct{} // closed when dead is set
	// gateway and gate follow the limits of the worker, once it is known.
	gateway atomic.Pointer[gateway.Options]
	sockets sockets

	mu       sync.Mutex // may be taken while the object's mu is held, not the reverse
	dead     *fault.VerdictError
	live     *instance.Instance
	table    *refs.Table // live's
	active   int         // calls in live
	idleAt   time.Time
	idle     *time.Timer
	starting *start
	class    *startup  // remembered; nil: ask
	since    time.Time // when class was learnt, or the last instance ended
	limits   Limits
	frozen   <-chan struct{} // until it is closed calls wait: the files are being copied
}

func newIncarnation(n *node) *incarnation {
	l := n.object.host.cfg.Limits
	inc := &incarnation{node: n, gone: make(chan struct{}), limits: l, gate: gate.New(l.Concurrent, l.Queue)}
	inc.sockets.host, inc.sockets.key = n.object.host.sockets, n.object.key
	inc.gateway.Store(n.object.host.gatewayOptions(inc, l))
	return inc
}

// waitFor waits for something that comes before a call, unless the incarnation dies
// or the context ends.
func (inc *incarnation) waitFor(ctx context.Context, c <-chan struct{}) error {
	select {
	case <-c:
		return nil
	case <-inc.gone:
		return nil // the next look sees why
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// running waits for the instance, starting it where there is none.
func (inc *incarnation) running(ctx context.Context, callback Callback) (*instance.Instance, error) {
	for {
		inc.mu.Lock()
		if inc.dead != nil {
			inc.mu.Unlock()
			return nil, inc.dead
		}
		if i, copied := inc.live, inc.frozen; i != nil {
			if copied != nil {
				if !isClosed(copied) {
					inc.mu.Unlock()
					if err := inc.waitFor(ctx, copied); err != nil {
						return nil, err
					}
					continue
				}
				inc.frozen = nil
			}
			inc.active++
			inc.mu.Unlock()
			if !i.Exited() {
				return i, nil
			}
			// Dead, and nobody has noticed yet: the call is for the next one.
			inc.inactive(i)
			if err := inc.waitFor(ctx, i.Done()); err != nil {
				return nil, err
			}
			continue
		}
		inc.mu.Unlock()
		s, err := inc.startOnce(callback)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		select {
		case <-s.done:
			if s.err != nil {
				return nil, s.err
			}
		case <-inc.gone:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// startOnce begins a start or joins the one under way (fact F6). It returns nil
// where an instance runs by now.
func (inc *incarnation) startOnce(callback Callback) (*start, error) {
	o := inc.node.object
	o.mu.Lock()
	defer o.mu.Unlock()
	inc.mu.Lock()
	defer inc.mu.Unlock()
	if inc.dead != nil || inc.live != nil {
		return nil, nil
	}
	if inc.starting != nil {
		return inc.starting, nil
	}
	if err := inc.node.crash.check(time.Now(), inc.node.path); err != nil {
		return nil, err
	}
	release, err := inc.node.slot()
	if err != nil {
		return nil, err
	}
	if err := o.host.begin(); err != nil {
		release()
		return nil, err
	}
	s := &start{inc: inc, callback: callback, after: o.tail, fence: inc.node.fence, release: release, done: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(o.host.ctx)
	inc.starting = s
	go s.run()
	return s, nil
}

// detach makes the incarnation dead and returns the instance to end, if any. A
// start under way is cancelled.
func (inc *incarnation) detach(v *fault.VerdictError) *instance.Instance {
	inc.mu.Lock()
	defer inc.mu.Unlock()
	if inc.dead != nil {
		return nil
	}
	inc.dead = v
	close(inc.gone)
	if inc.starting != nil {
		inc.starting.cancel(v)
	}
	if inc.idle != nil {
		inc.idle.Stop()
	}
	i := inc.live
	inc.live = nil
	go inc.sockets.end(v) // which lets go of calls
	return i
}

// adopt makes a started instance the running one. It returns false where the
// incarnation died, or the instance ended, meanwhile.
func (inc *incarnation) adopt(i *instance.Instance, table *refs.Table, limits Limits) error {
	inc.mu.Lock()
	defer inc.mu.Unlock()
	if inc.dead != nil {
		return inc.dead
	}
	if v := i.Verdict(); v != nil {
		return v
	}
	inc.sockets.resumed()
	inc.live, inc.table, inc.active, inc.idleAt = i, table, 0, time.Now()
	h := inc.node.object.host
	if inc.limits != limits {
		inc.limits = limits
		inc.gate.Resize(limits.Concurrent, limits.Queue)
		inc.gateway.Store(h.gatewayOptions(inc, limits))
	}
	h.cfg.Logger.Debug("a facet started", "facet", inc.node.path, "pid", i.Process().Pid())
	idle := h.cfg.IdleTimeout
	inc.idle = time.AfterFunc(idle, func() { inc.rest(i) })
	return nil
}

// ended is told by an instance that it is over. Nobody ends an instance with the
// object's mu or an incarnation's held.
func (inc *incarnation) ended(i *instance.Instance, v *fault.VerdictError) {
	n := inc.node
	h := n.object.host
	now := time.Now()
	// Before any caller sees the verdict: the next start must know of it.
	n.object.mu.Lock()
	n.last, n.lastAt = v, now
	if v.Verdict.Unexpected() {
		n.crash.failed(now, v)
	}
	var ends []func()
	// Its facets end with it (fact F69), unless what the stubs lead to by now is
	// another incarnation, with facets of its own.
	if v.Verdict != fault.Hibernated && n.inc == inc {
		for _, c := range n.children {
			ends = append(ends, c.kill(fault.Aborted, v.Reason))
		}
	}
	n.object.mu.Unlock()
	for _, end := range ends {
		end()
	}
	inc.mu.Lock()
	if inc.live == i {
		inc.live = nil
		if inc.idle != nil {
			inc.idle.Stop()
		}
	}
	if v.Verdict != fault.Hibernated {
		inc.class = nil
	}
	inc.since = now
	inc.mu.Unlock()
	h.keep(n.object, classMemory)
	if h.cfg.Ended != nil {
		h.cfg.Ended(v)
	}
	level := slog.LevelDebug
	if v.Verdict.Unexpected() {
		level = slog.LevelWarn
	}
	h.cfg.Logger.LogAttrs(context.Background(), level, "a facet ended", slog.String("facet", n.path),
		slog.String("verdict", v.Verdict.String()), slog.String("error", v.Error()))
}

// uncaught writes an exception that no code of ours will see to the facet's log,
// where its author looks (fact F54). The client learns nothing of it.
func (inc *incarnation) uncaught(err error) {
	var thrown *fault.RemoteError
	if !errors.As(err, &thrown) {
		return
	}
	inc.mu.Lock()
	i := inc.live
	inc.mu.Unlock()
	if i == nil {
		return
	}
	text := "Uncaught " + thrown.Error()
	if thrown.Stack != "" {
		text += "\n" + thrown.Stack
	}
	const levelError = 4
	i.Note(levelError, text)
}

// rest hibernates the instance when it has been idle for long enough.
func (inc *incarnation) rest(i *instance.Instance) {
	o := inc.node.object
	h := o.host
	o.mu.Lock()
	operation := !isClosed(o.tail) // a clone may be reading the files
	o.mu.Unlock()
	inc.mu.Lock()
	if inc.live != i {
		inc.mu.Unlock()
		return
	}
	wait := h.cfg.IdleTimeout - time.Since(inc.idleAt)
	if inc.active > 0 || operation || i.Mux().Incoming() > 0 || inc.needed() || inc.sockets.pinned() {
		wait = h.cfg.IdleTimeout
	}
	if wait > 0 || h.begin() != nil {
		inc.idle.Reset(max(wait, time.Millisecond))
		inc.mu.Unlock()
		return
	}
	inc.live = nil
	inc.mu.Unlock()
	defer h.work.Done()
	i.Stop(h.ctx, &fault.VerdictError{Verdict: fault.Hibernated, Facet: inc.node.path, Reason: errIdle})
}

// needed reports whether others hold what the running instance exported, and called
// it not too long ago. mu is held.
func (inc *incarnation) needed() bool {
	_, exports := inc.table.Counts()
	return exports > 0 && time.Since(inc.idleAt) < heldIdle
}

var (
	errIdle      = errors.New("no call for a while")
	errForgotten = errors.New("too many facets were called; call it again")
)

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

package supervisor

import (
	"context"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// nestedPatience is how long a call of another instance waits for a place. It cannot
// wait for long: the facet may be what waits for it. A caller that is refused at once
// would ask again at once. The time runs from when the call came: method calls leave
// one after the other, and many that each had it anew would wait for all of theirs.
const nestedPatience = time.Second

// busyRetry is what a caller of a busy facet is told to wait.
const busyRetry = time.Second

// enter returns a running instance, which stays until leave is called with the
// same by: the instance that calls, a comparable value; nil is code in the supervisor.
// came says since when such a call waits.
func (inc *incarnation) enter(ctx context.Context, callback Callback, by any, came time.Time) (*instance.Instance, error) {
	var ok bool
	var err error
	if by != nil {
		ok, err = inc.gate.EnterNested(ctx, by, time.Until(came.Add(nestedPatience)))
	} else {
		ok, err = inc.gate.Enter(ctx)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &fault.BusyError{Facet: inc.node.path, RetryAfter: busyRetry}
	}
	i, err := inc.running(ctx, callback)
	if err != nil {
		inc.leaveGate(by)
		return nil, err
	}
	return i, nil
}

// enterLive lets a call of an instance in that is for one instance, which may still be
// starting, and no other; the function lets it out again. came is as for enter.
func (inc *incarnation) enterLive(ctx context.Context, i *instance.Instance, by any, came time.Time) (leave func(), err error) {
	if ok, err := inc.gate.EnterNested(ctx, by, time.Until(came.Add(nestedPatience))); err != nil {
		return nil, err
	} else if !ok {
		return nil, &fault.BusyError{Facet: inc.node.path, RetryAfter: busyRetry}
	}
	inc.mu.Lock()
	counted := inc.live == i
	over := !counted && inc.starting == nil
	if counted {
		inc.active++
	}
	inc.mu.Unlock()
	if over {
		inc.gate.LeaveNested(by)
		if v := i.Verdict(); v != nil {
			return nil, v
		}
		return nil, &fault.VerdictError{Verdict: fault.Hibernated, Facet: inc.node.path, Reason: errIdle}
	}
	if !counted {
		return func() { inc.gate.LeaveNested(by) }, nil
	}
	return func() { inc.leave(i, by) }, nil
}

func (inc *incarnation) leaveGate(by any) {
	if by != nil {
		inc.gate.LeaveNested(by)
	} else {
		inc.gate.Leave()
	}
}

func (inc *incarnation) leave(i *instance.Instance, by any) {
	inc.inactive(i)
	inc.leaveGate(by)
}

// inactive counts a call in an instance as over.
func (inc *incarnation) inactive(i *instance.Instance) {
	inc.mu.Lock()
	defer inc.mu.Unlock()
	if inc.live == i {
		inc.active--
		if inc.active == 0 {
			inc.idleAt = time.Now()
		}
	}
}

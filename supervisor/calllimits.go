package supervisor

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// errSubRequests has the production service's text; the open-source peer enforces
// nothing (fact L37).
//
//lint:ignore ST1005 applications see it, as they do there
var errSubRequests = errors.New("Too many subrequests by single Worker invocation.")

// callLimits are those that JavaScript may put on a worker it loads, or on one of
// its entrypoints or classes. They only ever take away. Comparable.
type callLimits struct {
	cpu    time.Duration // 0: the worker's
	sub    int
	hasSub bool
}

// mostLimit is more than any limit of a host.
const mostLimit = 1 << 30

func newCallLimits(cpuMs uint64, sub *uint64) callLimits {
	l := callLimits{cpu: time.Duration(min(cpuMs, mostLimit)) * time.Millisecond}
	if sub != nil {
		l.sub, l.hasSub = int(min(*sub, mostLimit)), true
	}
	return l
}

// limitsOfTarget reads the limits of an entrypoint that a runner names.
func limitsOfTarget(t *facetv1.CallLimits) callLimits {
	if t == nil {
		return callLimits{}
	}
	l := newCallLimits(uint64(t.CpuMs), nil)
	if t.SubRequests != nil {
		l.sub, l.hasSub = int(min(*t.SubRequests, mostLimit)), true
	}
	return l
}

// readLimits reads the field "limits" of a decoded record (docs/projects.md); false
// where it has the wrong shape.
func readLimits(o map[string]any) (callLimits, bool) {
	v, ok := given(o, "limits")
	if !ok {
		return callLimits{}, true
	}
	l, ok := v.(map[string]any)
	cpu, ok2 := number(l["cpuMs"])
	sub, ok3 := number(l["subRequests"])
	if !ok || !ok2 || !ok3 {
		return callLimits{}, false
	}
	if _, has := given(l, "subRequests"); !has {
		return newCallLimits(cpu, nil), true
	}
	return newCallLimits(cpu, &sub), true
}

// key tells limits apart in the key of an entrypoint's instance. No name that follows
// can be taken for a part of it.
func (c callLimits) key() string {
	if c == (callLimits{}) {
		return "/"
	}
	return fmt.Sprintf("%v/", c)
}

// within returns the limits of a worker with these.
func (c callLimits) within(l Limits) Limits {
	if c.cpu > 0 && c.cpu < l.CPU {
		l.CPU = c.cpu
	}
	if n, limited := l.subRequests(); c.hasSub && (!limited || c.sub < n) {
		l.SubRequests = c.sub
		if c.sub == 0 {
			l.SubRequests = -1
		}
	}
	return l
}

// subRequests returns how many calls one call may make, and whether there is a
// limit at all.
func (l Limits) subRequests() (n int, limited bool) {
	return max(l.SubRequests, 0), l.SubRequests != 0
}

// wire is the limit as a runner is told.
func (l Limits) wireSubRequests() *uint32 {
	n, limited := l.subRequests()
	if !limited {
		return nil
	}
	u := uint32(n)
	return &u
}

// budget holds an instance to its limit of calls whatever its runtime says: each
// call that it is asked to answer brings as many as one call may make. The runtime
// tells which call made which; a runner that was taken over has what all of its
// calls together may use, and no more.
type budget struct {
	each    int64
	limited bool
	left    atomic.Int64
}

func newBudget(l Limits) *budget {
	n, limited := l.subRequests()
	b := &budget{each: int64(n), limited: limited}
	b.asked() // what the constructor may do
	return b
}

// asked adds what a call of the instance brings.
func (b *budget) asked() {
	if b.limited {
		b.left.Add(b.each)
	}
}

// take takes a call of the instance's own; false where there is none left.
func (b *budget) take() bool {
	if !b.limited || b.left.Add(-1) >= 0 {
		return true
	}
	b.left.Add(1) // a refusal costs nothing that later calls bring
	return false
}

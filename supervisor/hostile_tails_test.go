package supervisor

import (
	"testing"

	"github.com/facetd/facetd/supervisor/internal/refs"
)

// What waits for a tail that hangs is bounded in number too: the least that a runner
// may say has two bytes.
func TestHostileTraces(t *testing.T) {
	s := &tails{telling: true} // somebody tells, and does not come back
	for range maxUntold {
		s.take([]byte("{}"))
	}
	if n := len(s.waiting); n > maxUntold/traceCost || n == 0 {
		t.Errorf("%d wait", n)
	}
	if s.dropped == 0 || s.bytes > maxUntold {
		t.Errorf("dropped %d, %d bytes wait", s.dropped, s.bytes)
	}
}

// An entrypoint without limits cannot be named so that it is the instance of one
// that has them.
func TestLimitsInNames(t *testing.T) {
	sub := uint64(1)
	limits := newCallLimits(10, &sub)
	h := peerHost(t, "ok", nil)
	w := h.Loader().Load(anyCode)
	key := func(name string, l callLimits) objectKey {
		return w.limitedEntrypoint(name, nil, []refs.Cap(nil), l).inc.node.object.key
	}
	if key(limits.key()+"E", callLimits{}) == key("E", limits) {
		t.Error("they are one instance")
	}
	if key("E", limits) != key("E", newCallLimits(10, &sub)) {
		t.Error("control: the same is another")
	}
}

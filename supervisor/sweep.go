package supervisor

import (
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
)

// minSweep is how many children a node has before idle ones are forgotten.
const minSweep = 1024

// sweep forgets children that nobody uses: an instance may call facets of as many
// names as it likes, and each name that is called takes memory here. What is on
// disk stays. The object's mu is held.
func (n *node) sweep() {
	if len(n.children) < max(n.sweepAt, minSweep) {
		return
	}
	for name, c := range n.children {
		if c.idle() {
			delete(n.children, name)
		}
	}
	n.sweepAt = 2 * len(n.children)
}

// idle reports whether nothing is lost with the node, and makes sure that a call
// which has just got a stub does not start a second process for its name. The
// object's mu is held.
func (n *node) idle() bool {
	// A facet that crashes cannot have its back-off forgotten by its parent.
	if n.held || len(n.children) > 0 || !n.crash.calm(time.Now()) || n.fence != nil && !isClosed(n.fence) {
		return false
	}
	if n.inc == nil {
		return true
	}
	if inside, waiting := n.inc.gate.Counts(); inside+waiting > 0 {
		return false
	}
	n.inc.mu.Lock()
	busy := n.inc.live != nil || n.inc.starting != nil || n.inc.sockets.parked()
	n.inc.mu.Unlock()
	if busy {
		return false
	}
	n.inc.detach(&fault.VerdictError{Verdict: fault.Hibernated, Facet: n.path, Reason: errForgotten})
	return true
}

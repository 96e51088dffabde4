package supervisor

import "github.com/facetd/facetd/supervisor/internal/wire"

const (
	// ownPlaces is how many facets, each with as many calls under way and waiting as it
	// may have, a project's own instances have places for.
	ownPlaces = 16
	// mostOwnCalls is the most calls of its own that one may have open.
	mostOwnCalls = 8192
)

// widen makes room for the calls of all facets, which stand in the places of the
// operator's own worker and objects: one facet, all its places full, must not use
// those up, neither of the calls that they answer nor of those that they make. What
// the bodies of many calls take is bounded apart from that (package wire).
func (b *build) widen() {
	each := b.limits.Concurrent + b.limits.Queue
	b.limits.Concurrent = ownPlaces * each
	b.limits.Queue *= ownPlaces
	b.openCalls = min(max(ownPlaces*each, wire.MaxIncoming), mostOwnCalls)
}

package supervisor

import (
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/facetd/facetd/supervisor/internal/fair"
	"github.com/facetd/facetd/supervisor/internal/socket"
)

// errHostSockets closes a WebSocket for which the host has no place.
var errHostSockets = &socket.CloseError{Code: socket.CodeBusy, Reason: "The host has too many WebSockets"}

// socketPlaces are the WebSockets of all facets of a host. The facets of one object
// have a share of them. Safe for concurrent use; the zero value has none.
type socketPlaces struct {
	mu   sync.Mutex
	most int
	held map[objectKey]int
	all  int
	told rate.Sometimes
}

func newSocketPlaces(most int) *socketPlaces {
	return &socketPlaces{most: most, held: make(map[objectKey]int), told: rate.Sometimes{First: 1, Interval: time.Minute}}
}

// take takes a place for an object; false where there is none, or none for it.
func (p *socketPlaces) take(key objectKey) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !fair.May(p.held[key], p.most-p.all) {
		return false
	}
	p.held[key]++
	p.all++
	return true
}

func (p *socketPlaces) giveBack(key objectKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.held[key]--; p.held[key] == 0 {
		delete(p.held, key)
	}
}

// refused tells the operator, now and then: clients are told less.
func (p *socketPlaces) refused(log *slog.Logger, facet string) {
	p.told.Do(func() {
		log.Warn("a WebSocket was closed: the host has as many as it may, or the object its share; "+
			"raise Config.Sockets, which is --host-websockets of facetd serve", "facet", facet, "limit", p.most)
	})
}

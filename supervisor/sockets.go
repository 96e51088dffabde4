package supervisor

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/socket"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// Bounds of what a runner says about its sockets, in bytes but for maxTags. The
// runtime keeps applications to them (docs/projects.md).
const (
	maxTags       = 10
	maxTag        = 256
	maxAttachment = 16384
	maxAuto       = 2048
)

// sockets are the WebSockets of a facet: those that its instance has, and those
// that wait in the supervisor while it hibernates. Its mutex is taken while a mux
// is locked; whoever holds it calls neither a mux nor an incarnation.
type sockets struct {
	mu   sync.Mutex
	ends map[*socketEnd]struct{}
	next int             // number of the next end
	auto *facetv1.WsAuto // nil: none
	dead error
	host *socketPlaces
	key  objectKey // of the object that has the places
}

// add registers an end unless there are too many, or the facet has ended.
func (s *sockets) add(e *socketEnd, limit int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.dead != nil:
		return s.dead
	case len(s.ends) >= limit:
		return &socket.CloseError{Code: socket.CodeBusy, Reason: "The facet has too many WebSockets"}
	case !s.host.take(s.key):
		return errHostSockets
	}
	if s.ends == nil {
		s.ends = make(map[*socketEnd]struct{})
	}
	s.next++
	e.number = s.next
	s.ends[e] = struct{}{}
	return nil
}

func (s *sockets) remove(e *socketEnd) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(e)
}

// drop forgets an end, if it is still there; mu is held.
func (s *sockets) drop(e *socketEnd) {
	if _, ok := s.ends[e]; ok {
		delete(s.ends, e)
		s.host.giveBack(s.key)
	}
}

// pinned reports whether there are sockets that would not survive hibernation.
func (s *sockets) pinned() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.ends {
		if !e.hibernates {
			return true
		}
	}
	return false
}

// parked reports whether there are sockets that do.
func (s *sockets) parked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.ends {
		if e.hibernates {
			return true
		}
	}
	return false
}

// end drops every socket, now and later.
func (s *sockets) end(err error) {
	s.mu.Lock()
	s.dead = err
	var all []*socketEnd
	for e := range s.ends {
		all = append(all, e)
	}
	s.mu.Unlock()
	for _, e := range all {
		e.Abandon(err)
	}
}

// autoResponse takes the automatic answer; see wire.Config.
func (s *sockets) autoResponse(k *facetv1.WsAuto) error {
	if len(k.Request) > maxAuto || len(k.Response) > maxAuto || !utf8.ValidString(k.Request) || !utf8.ValidString(k.Response) {
		return errors.New("an automatic answer of a WebSocket that is too long, or no text")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auto = nil
	if k.Set {
		s.auto = k
	}
	return nil
}

// resume gives a new instance the sockets that wait, before its constructor runs.
func (s *sockets) resume(m *wire.Mux, req *facetv1.AssignRequest) error {
	s.mu.Lock()
	var waiting []*socketEnd
	for e := range s.ends {
		if e.hibernates && !e.closed && !e.heard {
			waiting = append(waiting, e)
		}
	}
	req.AutoResponse = s.auto
	s.mu.Unlock()
	slices.SortFunc(waiting, func(a, b *socketEnd) int { return a.number - b.number }) // ctx.getWebSockets has an order
	for _, e := range waiting {
		near, err := m.Resume(e)
		if err != nil {
			return err
		}
		req.Sockets = append(req.Sockets, e.resume(near))
	}
	return nil
}

// resumed says that the instance runs: what ends it from now on ends its sockets.
func (s *sockets) resumed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.ends {
		e.live = true
	}
}

// checkState checks what a runner says about a socket.
func checkState(k *facetv1.WsState) error {
	if len(k.Tags) > maxTags || len(k.Tags) > 0 && !k.Hibernate || len(k.Attachment) > maxAttachment {
		return fmt.Errorf("a WebSocket with %d tags and an attachment of %d bytes", len(k.Tags), len(k.Attachment))
	}
	for i, t := range k.Tags {
		if len(t) > maxTag || !utf8.ValidString(t) {
			return errors.New("a tag of a WebSocket that is too long, or no text")
		}
		for _, other := range k.Tags[:i] {
			if t == other {
				return errors.New("a WebSocket with the same tag twice")
			}
		}
	}
	return nil
}

// hibernated reports whether an instance ended in a way that leaves hibernatable
// sockets to the next.
func hibernated(err error) bool {
	v := new(fault.VerdictError)
	return errors.As(err, &v) && v.Verdict == fault.Hibernated
}

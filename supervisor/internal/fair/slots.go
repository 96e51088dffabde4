// Package fair hands out a few places among many who want them, so that nobody who
// wants a great many keeps the others waiting.
package fair

import (
	"context"
	"slices"
	"sync"
)

// Slots are places. Those who wait are served in turn by their keys, those first who
// have the fewest, and in order of arrival among those of one key; no key has more than
// its share of the places. Safe for concurrent use.
type Slots struct {
	mu     sync.Mutex
	free   int
	share  int
	held   map[any]int
	queues map[any][]*waiter
	turn   []any // keys with somebody who waits; the first is next
}

type waiter struct{ granted chan struct{} }

// New returns n places, of which one key may have share.
func New(n, share int) *Slots {
	return &Slots{free: n, share: share, held: make(map[any]int), queues: make(map[any][]*waiter)}
}

// Acquire waits for a place for a comparable key; the function gives it back, once.
// The error is the cause of ctx's end.
func (s *Slots) Acquire(ctx context.Context, key any) (release func(), err error) {
	w := &waiter{granted: make(chan struct{})}
	s.mu.Lock()
	if len(s.queues[key]) == 0 {
		s.turn = append(s.turn, key)
	}
	s.queues[key] = append(s.queues[key], w)
	s.grant()
	s.mu.Unlock()
	select {
	case <-w.granted:
	case <-ctx.Done():
		if s.leave(key, w) {
			return nil, context.Cause(ctx)
		}
		s.release(key) // it was granted at the same moment
		return nil, context.Cause(ctx)
	}
	return sync.OnceFunc(func() { s.release(key) }), nil
}

// Free returns how many places nobody has.
func (s *Slots) Free() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free
}

// leave takes a waiter out of its queue; false where it was granted its place.
func (s *Slots) leave(key any, w *waiter) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.queues[key], w)
	if i < 0 {
		return false
	}
	s.dequeue(key, i)
	return true
}

func (s *Slots) release(key any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free++
	if s.held[key]--; s.held[key] == 0 {
		delete(s.held, key)
	}
	s.grant()
}

// grant serves who is next; s.mu is held.
func (s *Slots) grant() {
	for s.free > 0 {
		next := -1
		for i, key := range s.turn {
			if held := s.held[key]; held < s.share && (next < 0 || held < s.held[s.turn[next]]) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		key := s.turn[next]
		s.free--
		s.held[key]++
		close(s.queues[key][0].granted)
		s.dequeue(key, 0)
		// Whoever else waits goes first next time.
		if at := slices.Index(s.turn, key); at >= 0 {
			s.turn = append(slices.Delete(s.turn, at, at+1), key)
		}
	}
}

// dequeue removes a waiter, and the key where it was the last; s.mu is held.
func (s *Slots) dequeue(key any, i int) {
	s.queues[key] = slices.Delete(s.queues[key], i, i+1)
	if len(s.queues[key]) == 0 {
		delete(s.queues, key)
		if at := slices.Index(s.turn, key); at >= 0 {
			s.turn = slices.Delete(s.turn, at, at+1)
		}
	}
}

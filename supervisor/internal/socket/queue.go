package socket

import (
	"context"
	"sync"
)

// Queue holds what one end said until the other takes it. It outlives the
// process that spoke. Safe for concurrent use; one goroutine pops.
type Queue struct {
	mu     sync.Mutex
	events []Event
	err    error
	ready  chan struct{} // one token
}

// NewQueue makes an empty queue.
func NewQueue() *Queue { return &Queue{ready: make(chan struct{}, 1)} }

// Push adds an event. It never blocks: windows bound the length.
func (q *Queue) Push(e Event) {
	q.mu.Lock()
	if q.err == nil {
		q.events = append(q.events, e)
	}
	q.mu.Unlock()
	q.wake()
}

// Fail ends the queue; what is in it is still delivered. Only the first error
// counts.
func (q *Queue) Fail(err error) {
	q.mu.Lock()
	if q.err == nil {
		q.err = err
	}
	q.mu.Unlock()
	q.wake()
}

func (q *Queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// Len returns how many events wait.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.events)
}

// Pop waits for the next event. After the last one it returns the error of Fail,
// and at the end of ctx its cause.
func (q *Queue) Pop(ctx context.Context) (Event, error) {
	for {
		q.mu.Lock()
		if len(q.events) > 0 {
			e := q.events[0]
			q.events[0] = Event{}
			q.events = q.events[1:]
			if len(q.events) == 0 {
				q.events = nil // an idle socket keeps no memory
			}
			q.mu.Unlock()
			return e, nil
		}
		err := q.err
		q.mu.Unlock()
		if err != nil {
			return Event{}, err
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		}
	}
}

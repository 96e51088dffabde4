package socket

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m, nil) }

// end says what the test puts into it and keeps what it is told.
type end struct {
	says *Queue
	mu   sync.Mutex
	told []Event
	err  error
}

func newEnd(says ...Event) *end {
	e := &end{says: NewQueue()}
	for _, s := range says {
		e.says.Push(s)
	}
	return e
}

func (e *end) Receive() (Event, error) { return e.says.Pop(context.Background()) }

func (e *end) Send(ev Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = append(e.told, ev)
	return e.err
}

func (e *end) Abandon(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
	}
	e.says.Fail(err)
}

func text(s string) Event { return Event{Text: true, Data: []byte(s)} }

func TestJoin(t *testing.T) {
	closes := Event{Close: true, Code: 1000}
	a, b := newEnd(text("a1"), text("a2"), closes), newEnd(text("b1"), closes)
	Join(a, b)
	if len(a.told) != 2 || len(b.told) != 3 || string(b.told[1].Data) != "a2" || !a.told[1].Close || a.err != nil || b.err != nil {
		t.Errorf("%v %v %v %v", a.told, b.told, a.err, b.err)
	}
}

// One end that fails takes the other along, with the reason.
func TestJoinFails(t *testing.T) {
	a, b := newEnd(text("a1")), newEnd()
	a.says.Fail(io.ErrUnexpectedEOF)
	Join(a, b)
	if len(b.told) != 1 || !errors.Is(b.err, io.ErrUnexpectedEOF) || !errors.Is(a.err, io.ErrUnexpectedEOF) {
		t.Errorf("%v %v %v", b.told, a.err, b.err)
	}
}

// An end that does not follow a close is not waited for without end.
func TestJoinIsLate(t *testing.T) {
	a, b := newEnd(Event{Close: true, Code: 1000}), newEnd()
	join(a, b, time.Millisecond)
	if !errors.Is(a.err, errLate) || !errors.Is(b.err, errLate) || len(b.told) != 1 {
		t.Errorf("%v %v %v", b.told, a.err, b.err)
	}
}

func TestQueueDeliversBeforeItFails(t *testing.T) {
	q := NewQueue()
	q.Push(text("x"))
	q.Fail(io.EOF)
	q.Fail(io.ErrClosedPipe)
	q.Push(text("late"))
	if e, err := q.Pop(t.Context()); err != nil || string(e.Data) != "x" {
		t.Errorf("%v %v", e, err)
	}
	if _, err := q.Pop(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(io.ErrNoProgress)
	if _, err := NewQueue().Pop(ctx); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v", err)
	}
}

func TestCodes(t *testing.T) {
	for code, want := range map[int]bool{0: false, 999: false, 1000: true, 1004: false, 1005: false, 1006: false, 1011: true, 1015: false, 1016: true, 2999: true, 4999: true, 5000: false, -1: false} {
		if ValidCode(code) != want {
			t.Errorf("%d", code)
		}
	}
}

package fair

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m, nil) }

func waiting(s *Slots, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for _, q := range s.queues {
		total += len(q)
	}
	return total == n
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never")
		}
	}
}

// One who wants a hundred places does not make another wait for more than one.
func TestTurns(t *testing.T) {
	s := New(1, 1)
	hold, err := s.Acquire(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []string
	var all sync.WaitGroup
	want := func(key string, n int) {
		for i := range n {
			all.Add(1)
			go func() {
				defer all.Done()
				release, err := s.Acquire(t.Context(), key)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, key)
				mu.Unlock()
				release()
				release() // once only
			}()
			_ = i
		}
	}
	want("greedy", 100)
	eventually(t, func() bool { return waiting(s, 100) })
	want("modest", 2)
	eventually(t, func() bool { return waiting(s, 102) })
	hold()
	all.Wait()
	if fmt.Sprint(order[:4]) != "[greedy modest greedy modest]" {
		t.Errorf("served %v first", order[:4])
	}
	if s.free != 1 || len(s.held)+len(s.queues)+len(s.turn) != 0 {
		t.Errorf("left: %+v", s)
	}
}

// One key never has all places.
func TestShare(t *testing.T) {
	s := New(3, 2)
	var mine []func()
	for range 2 {
		release, err := s.Acquire(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		mine = append(mine, release)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Acquire(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third place: %v", err)
	}
	other, err := s.Acquire(t.Context(), "b") // control: there is one for others
	if err != nil {
		t.Fatal(err)
	}
	mine[0]()
	if again, err := s.Acquire(t.Context(), "a"); err != nil {
		t.Error(err)
	} else {
		again()
	}
	mine[1]()
	other()
	if s.free != 3 || len(s.held)+len(s.queues)+len(s.turn) != 0 {
		t.Errorf("left: %+v", s)
	}
}

func TestCancelled(t *testing.T) {
	s := New(2, 1)
	var most, now atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Add(1)
		go func() {
			defer all.Done()
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%5)*time.Millisecond)
			defer cancel()
			release, err := s.Acquire(ctx, i%3)
			if err != nil {
				return
			}
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			<-ctx.Done()
			now.Add(-1)
			release()
		}()
	}
	all.Wait()
	if most.Load() > 2 || s.free != 2 || len(s.held)+len(s.queues)+len(s.turn) != 0 {
		t.Errorf("%d at a time; left: %+v", most.Load(), s)
	}
}

// Who has none goes before who has some, whoever came first.
func TestFewestFirst(t *testing.T) {
	s := New(2, 2)
	first, err := s.Acquire(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Acquire(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 2)
	var all sync.WaitGroup
	for i, key := range []string{"a", "b"} {
		all.Go(func() {
			release, err := s.Acquire(t.Context(), key)
			if err != nil {
				t.Error(err)
				return
			}
			got <- key
			release()
		})
		eventually(t, func() bool { return waiting(s, i+1) })
	}
	second()
	if key := <-got; key != "b" {
		t.Errorf("%s was served first", key)
	}
	all.Wait()
	first()
	if s.Free() != 2 {
		t.Error(s.Free())
	}
}

package gate

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// enterAll takes all the places that a caller can get without waiting.
func enterAll(t *testing.T, g *Gate, by any) (n int) {
	t.Helper()
	for {
		ok, err := g.EnterNested(t.Context(), by, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return n
		}
		n++
	}
}

func TestNestedShares(t *testing.T) {
	g := New(64, 256)
	if n := enterAll(t, g, "a"); n != 240 {
		t.Errorf("one caller has %d of 320 places, want 240", n)
	}
	if n := enterAll(t, g, "b"); n < 20 {
		t.Errorf("the next one has %d", n)
	}
	if ok, err := g.EnterNested(t.Context(), "c", 0); !ok || err != nil {
		t.Error("nothing is left for a third", ok, err)
	}
	if ok, _ := g.Enter(t.Context()); !ok {
		t.Error("nested holders take the others' places")
	}
}

// A caller with its share waits, and not the one that has none.
func TestNestedWaits(t *testing.T) {
	g := New(2, 2)
	held := enterAll(t, g, "a")
	got := make(chan error, 1)
	go func() {
		ok, err := g.EnterNested(context.Background(), "a", time.Minute)
		if !ok && err == nil {
			err = errors.New("refused")
		}
		got <- err
	}()
	for _, waiting := g.Counts(); waiting == 0; _, waiting = g.Counts() {
		time.Sleep(time.Millisecond)
	}
	if ok, err := g.EnterNested(t.Context(), "b", 0); !ok || err != nil {
		t.Error("another caller", ok, err)
	}
	g.LeaveNested("b")
	g.LeaveNested("a")
	if err := <-got; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("not wanted")
	cancel(why)
	if ok, err := g.EnterNested(ctx, "a", time.Minute); ok || !errors.Is(err, why) {
		t.Error(ok, err)
	}
	for range held {
		g.LeaveNested("a")
	}
	if inside, waiting := g.Counts(); inside != 0 || waiting != 0 || len(g.nested.by)+len(g.nested.waitBy) != 0 {
		t.Error(inside, waiting, g.nested.by, g.nested.waitBy)
	}
}

// The waiters have a bound, too, of which each caller has a share.
func TestNestedWaitersAreBounded(t *testing.T) {
	g := New(2, 6)
	enterAll(t, g, "a")
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var refused atomic.Int64
	for range 20 {
		all.Go(func() {
			if ok, err := g.EnterNested(ctx, "a", time.Minute); !ok && err == nil {
				refused.Add(1)
			}
		})
	}
	for _, waiting := g.Counts(); waiting != 6 || refused.Load() != 14; _, waiting = g.Counts() {
		time.Sleep(time.Millisecond)
	}
	cancel()
	all.Wait()
}

// Nobody is lost, whoever gives up when.
func TestNestedConcurrent(t *testing.T) {
	g := New(2, 2)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if ok, _ := g.EnterNested(context.Background(), i%3, time.Duration(i)*20*time.Microsecond); ok {
				g.LeaveNested(i % 3)
			}
		})
	}
	all.Wait()
	if inside, waiting := g.Counts(); inside != 0 || waiting != 0 || len(g.nested.by)+len(g.nested.waitBy) != 0 {
		t.Error(inside, waiting)
	}
}

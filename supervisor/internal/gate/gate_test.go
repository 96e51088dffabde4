package gate

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOrderAndBounds(t *testing.T) {
	g := New(1, 2)
	if ok, err := g.Enter(t.Context()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	order := make(chan int, 2)
	for i := range 2 {
		go func() {
			if ok, err := g.Enter(context.Background()); !ok || err != nil {
				t.Error(ok, err)
			}
			order <- i
			g.Leave()
		}()
		for _, waiting := g.Counts(); waiting != i+1; _, waiting = g.Counts() {
			time.Sleep(time.Millisecond)
		}
	}
	if ok, err := g.Enter(t.Context()); ok || err != nil {
		t.Error("a full queue lets in", ok, err)
	}
	g.Leave()
	if a, b := <-order, <-order; a != 0 || b != 1 {
		t.Errorf("order %d, %d", a, b)
	}
}

func TestGivesUp(t *testing.T) {
	g := New(1, 1)
	g.Enter(t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, err := g.Enter(ctx); ok || err == nil {
		t.Error(ok, err)
	}
	g.Leave()
	if inside, waiting := g.Counts(); inside != 0 || waiting != 0 {
		t.Error(inside, waiting)
	}
}

func TestResize(t *testing.T) {
	g := New(1, 5)
	g.Enter(t.Context())
	in := make(chan struct{})
	go func() { g.Enter(context.Background()); close(in) }()
	for _, waiting := g.Counts(); waiting != 1; _, waiting = g.Counts() {
		time.Sleep(time.Millisecond)
	}
	g.Resize(2, 5)
	<-in
	g.Leave()
	g.Leave()
}

// Never more inside than there is room, and nobody is lost, whoever gives up
// when.
func TestConcurrent(t *testing.T) {
	g := New(3, 1000)
	var inside atomic.Int64
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			ctx := context.Background()
			if i%3 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*10*time.Microsecond)
				defer cancel()
			}
			if ok, _ := g.Enter(ctx); ok {
				if n := inside.Add(1); n > 3 {
					t.Errorf("%d inside", n)
				}
				inside.Add(-1)
				g.Leave()
			}
		})
	}
	all.Wait()
	if inside, waiting := g.Counts(); inside != 0 || waiting != 0 {
		t.Error(inside, waiting)
	}
}

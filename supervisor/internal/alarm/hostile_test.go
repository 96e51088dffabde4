package alarm

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// A namespace whose handlers all hang does not keep the alarms of others waiting.
func TestHostileNamespace(t *testing.T) {
	b := newBench(t)
	inside := make(chan struct{}, 4*concurrent)
	b.c.Attach("hangs", func(ctx context.Context, _ Due) error {
		inside <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	for i := range 2 * concurrent {
		if err := b.c.Put(t.Context(), Key{"hangs", fmt.Sprint(i)}, "x", b.now()); err != nil {
			t.Fatal(err)
		}
	}
	for range share { // control: it has all that it may
		select {
		case <-inside:
		case <-time.After(patience):
			t.Fatal("its alarms are not run")
		}
		b.advance(time.Second)
	}
	b.begin("a").Set(b.in(time.Minute))
	b.advance(time.Hour)
	for end := time.Now().Add(patience); b.count() == 0; time.Sleep(2 * time.Millisecond) {
		if b.advance(time.Second); time.Now().After(end) {
			t.Fatal("an honest alarm is not run")
		}
	}
	if len(inside) > 0 {
		t.Errorf("%d more of the namespace were begun", len(inside))
	}
}

// Objects that set their alarms to long ago, again and again, come after what is due.
func TestHostileTimes(t *testing.T) {
	b := newBench(t)
	lives := map[string]*Live{}
	for i := range 4 * share {
		id := fmt.Sprint(i)
		lives[id] = b.begin(id)
	}
	b.settled()
	honest := make(chan struct{}, 1)
	var others atomic.Int64
	b.c.Attach("N", func(_ context.Context, d Due) error { // without the bench's mutex, which the clock's may be held under
		if l := lives[d.ID]; l != nil {
			others.Add(1)
			l.Set(1)
			return nil
		}
		honest <- struct{}{}
		return nil
	})
	for _, l := range lives {
		l.Set(1)
	}
	within := time.Now().Add(patience)
	pass := func(done func() bool) {
		t.Helper()
		for ; !done(); time.Sleep(time.Millisecond) {
			if b.advance(10 * time.Millisecond); time.Now().After(within) {
				t.Fatalf("%d others ran", others.Load())
			}
		}
	}
	pass(func() bool { return others.Load() > 5*share }) // control: they run
	b.begin("a").Set(b.in(0))
	b.settledWrites()
	from := others.Load()
	pass(func() bool {
		if n := others.Load() - from; n > 16*share {
			t.Fatalf("%d others ran first", n)
		}
		return len(honest) > 0
	})
}

// settledWrites waits until everything said so far is on disk.
func (b *bench) settledWrites() {
	b.c.mu.Lock()
	batch := b.c.written
	b.c.urgent = true
	b.c.mu.Unlock()
	b.c.look()
	<-batch.done
}

// A process whose end is told after the next has begun does not take the mark of that
// one away.
func TestLateEnd(t *testing.T) {
	b := newBench(t)
	old := b.begin("a")
	next := b.begin("a")
	old.End(0)
	if e := b.row("a"); !e.marked {
		t.Errorf("%+v", e)
	}
	next.End(0)
	if e := b.row("a"); !e.empty() {
		t.Errorf("control: %+v", e)
	}
}

// Who tries again and again to begin, while the index cannot be written, leaves nothing
// that grows; once it can be written, what has been said is.
func TestIndexThatCannotBeWritten(t *testing.T) {
	b := newBench(t)
	live := b.begin("runs")
	b.settled()
	if _, err := b.c.db.Exec("CREATE TRIGGER full BEFORE INSERT ON alarms BEGIN SELECT RAISE(ABORT, 'full'); END"); err != nil {
		t.Fatal(err)
	}
	live.Set(b.in(time.Hour))
	for i := range 2 * maxUnwritten {
		id := "same"
		if i%2 == 0 {
			id = fmt.Sprint(i)
		}
		if _, err := b.c.Begin(t.Context(), Key{"N", id}, nil); err == nil {
			t.Fatal("begun without a mark")
		}
		if err := b.c.Put(t.Context(), Key{"N", id}, "x", b.now()); err == nil {
			t.Fatal("set without an entry")
		}
	}
	b.c.mu.Lock()
	steps := 0
	for _, ch := range b.c.dirty {
		steps += len(ch.steps)
	}
	counted := b.c.steps
	b.c.mu.Unlock()
	if steps > maxUnwritten+2 || steps != counted {
		t.Errorf("%d changes wait, %d are counted", steps, counted)
	}
	if _, err := b.c.db.Exec("DROP TRIGGER full"); err != nil {
		t.Fatal(err)
	}
	b.settledWrites()
	if e := b.row("runs"); e.scheduled != b.in(time.Hour) {
		t.Errorf("lost: %+v", e)
	}
	b.begin("again") // control
}

package alarm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m, nil) }

// patience ends a test that hangs, however slow the machine is.
const patience = time.Minute

// bench is a clock over a wall that the test moves, and a record of its calls.
type bench struct {
	t    *testing.T
	c    *Clock
	path string

	mu    sync.Mutex
	wall  time.Time
	calls []Due
	fail  func(Due) error
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func newBench(t *testing.T) *bench {
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "index.sqlite"), wall: time.UnixMilli(1_800_000_000_000)}
	b.open()
	t.Cleanup(func() { b.c.Close() })
	return b
}

func (b *bench) open() {
	b.t.Helper()
	var err error
	if b.c, err = open(b.path, quiet(), b.now); err != nil {
		b.t.Fatal(err)
	}
	b.c.Attach("N", b.wake)
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wall
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	b.wall = b.wall.Add(d)
	b.mu.Unlock()
	b.c.look()
}

func (b *bench) wake(_ context.Context, d Due) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, d)
	if b.fail != nil {
		return b.fail(d)
	}
	return nil
}

func (b *bench) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

// until moves the wall in steps of d until there were n calls, and after each step
// waits for what it brings about: the wall does not run ahead of a slow disk.
func (b *bench) until(n int, d time.Duration) {
	b.t.Helper()
	for end := time.Now().Add(patience); b.count() < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("%d calls, want %d", b.count(), n)
		}
		b.advance(d)
		b.settled()
	}
}

// settled waits until everything said so far is on disk and no call is under way.
func (b *bench) settled() {
	b.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		b.c.mu.Lock()
		busy := len(b.c.running) + len(b.c.dirty)
		batch := b.c.written
		b.c.urgent = true
		b.c.mu.Unlock()
		b.c.look()
		<-batch.done
		if busy == 0 {
			return
		}
		if time.Now().After(end) {
			b.t.Fatal("never settled")
		}
	}
}

func (b *bench) row(id string) entry {
	b.t.Helper()
	b.settled()
	e, err := load(b.t.Context(), b.c.db, Key{"N", id})
	if err != nil {
		b.t.Fatal(err)
	}
	return e
}

func (b *bench) begin(id string) *Live {
	b.t.Helper()
	name := "name of " + id
	l, err := b.c.Begin(b.t.Context(), Key{"N", id}, &name)
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

func (b *bench) in(d time.Duration) int64 { return b.now().Add(d).UnixMilli() }

// crash opens a copy of the index as it is on disk now, as after a power cut.
func (b *bench) crash() {
	b.t.Helper()
	dir := b.t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(filepath.Dir(b.path))); err != nil {
		b.t.Fatal(err)
	}
	if err := b.c.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.path = filepath.Join(dir, "copy", "index.sqlite")
	b.open()
}

func TestRunsWhenDue(t *testing.T) {
	b := newBench(t)
	l := b.begin("a")
	at := b.in(time.Hour)
	l.Set(at)
	b.settled()
	b.advance(59 * time.Minute)
	b.settled()
	if b.count() != 0 {
		t.Fatal("it ran early")
	}
	b.until(1, time.Minute)
	if d := b.calls[0]; d.ID != "a" || d.Scheduled != at || d.Retry != 0 || d.Drop || d.Name != "name of a" || !d.HasName {
		t.Errorf("%+v", d)
	}
	if e := b.row("a"); e.at != 0 || e.scheduled != 0 || !e.marked {
		t.Errorf("after it ran: %+v", e)
	}
	l.End(0)
	if e := b.row("a"); !e.empty() {
		t.Errorf("after a clean end: %+v", e)
	}
}

// The wall clock is what counts, also when it is set back or forward.
func TestClockIsSet(t *testing.T) {
	b := newBench(t)
	b.begin("a").Set(b.in(time.Minute))
	b.settled()
	b.advance(-time.Hour)
	b.settled()
	b.advance(time.Minute)
	b.settled()
	if b.count() != 0 {
		t.Fatal("it ran though the clock was set back")
	}
	b.advance(time.Hour)
	b.until(1, 0)
}

// Whatever the moment of a crash, an object that had an alarm is woken; one whose
// process had not yet said so is asked.
func TestCrashes(t *testing.T) {
	b := newBench(t)
	at := b.in(time.Hour)
	b.begin("said").Set(at)
	b.begin("unsaid")
	clean := b.begin("clean")
	clean.End(at)
	none := b.begin("none")
	none.End(0)
	b.settled()
	b.crash()
	b.until(2, 0)
	got := map[string]int64{}
	for _, d := range b.calls {
		got[d.ID] = d.Scheduled
	}
	if len(got) != 2 || got["said"] != at || got["unsaid"] != 0 {
		t.Errorf("asked after the crash: %v", got)
	}
	if _, ok := got["unsaid"]; !ok {
		t.Errorf("an object that might have an alarm was not asked: %v", got)
	}
	if e := b.row("clean"); e.at != at || e.marked {
		t.Errorf("clean: %+v", e)
	}
	if e := b.row("none"); !e.empty() {
		t.Errorf("none: %+v", e)
	}
}

// An end that says nothing makes the object be asked, the alarm it said being kept.
func TestUncleanEnd(t *testing.T) {
	b := newBench(t)
	l := b.begin("a")
	at := b.in(time.Hour)
	l.Set(at)
	l.End(-1)
	l.Set(1) // of a dead process
	if e := b.row("a"); e.scheduled != at || e.at != b.in(askAfter) || !e.marked {
		t.Fatalf("%+v", e)
	}
	b.until(1, time.Second)
}

func TestRetries(t *testing.T) {
	b := newBench(t)
	b.fail = func(d Due) error {
		if d.Drop {
			return nil
		}
		return errors.New("no")
	}
	begun := b.now()
	b.begin("a").Set(b.in(time.Second))
	b.until(maxTries+1, 500*time.Millisecond)
	for i, d := range b.calls {
		if d.Retry != i || d.Drop != (i == maxTries) {
			t.Errorf("call %d: %+v", i, d)
		}
	}
	// 2 + 4 + … + 64 s between the runs, and 128 s to the end, a quarter more or less.
	if took := b.now().Sub(begun); took < 190*time.Second || took > 330*time.Second {
		t.Errorf("it took %v", took)
	}
	if e := b.row("a"); e.at != 0 || e.scheduled != 0 {
		t.Errorf("it was not dropped: %+v", e)
	}
}

// A new alarm ends the retries of the old one, whether set while the handler runs or
// later; what is not the object's doing is no try.
func TestRetryIsOver(t *testing.T) {
	b := newBench(t)
	l := b.begin("a")
	later := b.in(time.Hour)
	b.fail = func(Due) error { l.Set(later); return errors.New("set, then failed") }
	l.Set(b.in(time.Second))
	b.until(1, time.Second)
	if e := b.row("a"); e.at != later || e.tries != 0 {
		t.Fatalf("%+v", e)
	}
	b.mu.Lock()
	b.fail = func(Due) error { return &Postponed{Err: errors.New("busy"), After: 10 * time.Minute} }
	b.mu.Unlock()
	b.until(2, time.Minute)
	if e := b.row("a"); e.tries != 0 || e.at < b.in(9*time.Minute) || e.scheduled != later {
		t.Fatalf("%+v", e)
	}
}

// An object that fails for ever is left alone in the end, and asked when it lives
// again.
func TestLeftAlone(t *testing.T) {
	b := newBench(t)
	b.fail = func(Due) error { return &Postponed{Err: errors.New("does not start")} }
	b.begin("a").End(-1)
	b.until(maxSteps+1, time.Minute)
	if e := b.row("a"); e.at != 0 || !e.marked {
		t.Fatalf("%+v", e)
	}
	b.begin("a")
	if e := b.row("a"); e.at == 0 {
		t.Errorf("%+v", e)
	}
}

// Objects that want to be woken all the time are held to a rate, and many objects
// to the number of calls at a time.
func TestRate(t *testing.T) {
	b := newBench(t)
	l := b.begin("a")
	b.fail = func(Due) error { l.Set(b.wall.UnixMilli()); return nil }
	l.Set(b.in(0))
	begun := b.now()
	b.until(burst+10, 5*time.Millisecond)
	if took := b.now().Sub(begun); took < 9*interval {
		t.Errorf("%d calls in %v", b.count(), took)
	}
}

func TestConcurrency(t *testing.T) {
	b := newBench(t)
	open := make(chan struct{})
	var mu sync.Mutex
	inside, most := 0, 0
	b.c.Attach("N", func(context.Context, Due) error {
		mu.Lock()
		inside++
		most = max(most, inside)
		mu.Unlock()
		<-open
		mu.Lock()
		inside--
		mu.Unlock()
		return nil
	})
	for i := range 3 * share {
		if err := b.c.Put(t.Context(), Key{"N", fmt.Sprint(i)}, "x", b.now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		b.advance(time.Second)
		mu.Lock()
		n := inside
		mu.Unlock()
		if n == share {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d calls", n)
		}
	}
	close(open)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		b.advance(time.Second)
		var left int
		if err := b.c.db.QueryRow("SELECT count(*) FROM alarms").Scan(&left); err == nil && left == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("some were never run")
		}
	}
	if most > share {
		t.Errorf("%d at a time", most)
	}
}

func TestTable(t *testing.T) {
	b := newBench(t)
	k := Key{"G", "a"}
	at := time.UnixMilli(b.in(time.Hour))
	if err := b.c.Put(t.Context(), k, "name", at); err != nil {
		t.Fatal(err)
	}
	if got, err := b.c.Get(t.Context(), k); err != nil || !got.Equal(at) {
		t.Errorf("%v, %v", got, err)
	}
	if err := b.c.Put(t.Context(), k, "name", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got, err := b.c.Get(t.Context(), k); err != nil || !got.IsZero() {
		t.Errorf("%v, %v", got, err)
	}
	for _, wrong := range []time.Time{time.UnixMilli(-5), time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if err := b.c.Put(t.Context(), k, "name", wrong); !errors.Is(err, errTime) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

// A file that is no index is not written over, and the error says what to do.
func TestNoIndex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("no database at all, but long enough to be read as one"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(path, quiet())
	if err == nil {
		c.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), "move its folder away") {
		t.Errorf("%v; want what to do", err)
	}
}

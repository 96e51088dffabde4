package pool_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/pool"
	"github.com/facetd/facetd/supervisor/internal/testpeer"
)

func TestMain(m *testing.M) {
	testpeer.Main()
	os.Exit(m.Run())
}

func start(t *testing.T, mode string, count *atomic.Int32) pool.Start {
	dir := t.TempDir()
	return func(ctx context.Context) (*instance.Instance, error) {
		count.Add(1)
		return instance.Start(ctx, instance.Config{Launch: testpeer.Launch(mode), TempDir: dir, StartTimeout: time.Minute})
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

func end(i *instance.Instance) {
	i.Kill(fault.New(fault.Aborted, "test"))
	<-i.Done()
}

func TestRefills(t *testing.T) {
	var started atomic.Int32
	p := pool.New(2, start(t, "ok", &started), nil)
	defer p.Close()
	eventually(t, "two wait", func() bool { return p.Ready() == 2 })
	a, err := p.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer end(a)
	eventually(t, "two wait again", func() bool { return p.Ready() == 2 && started.Load() == 3 })
	b, err := p.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer end(b)
	if a == b {
		t.Error("one process was given twice")
	}
}

// A process that died while it waited is not handed out.
func TestSkipsTheDead(t *testing.T) {
	var started atomic.Int32
	seen := make(chan *instance.Instance, 10)
	launch := start(t, "ok", &started)
	p := pool.New(1, func(ctx context.Context) (*instance.Instance, error) {
		i, err := launch(ctx)
		seen <- i
		return i, err
	}, nil)
	defer p.Close()
	eventually(t, "one waits", func() bool { return p.Ready() == 1 })
	first := <-seen
	first.Process().Kill()
	<-first.Done()
	i, err := p.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer end(i)
	if i == first || i.State() != instance.Waiting {
		t.Error("the dead process was given")
	}
}

func TestNone(t *testing.T) {
	var started atomic.Int32
	p := pool.New(0, start(t, "ok", &started), nil)
	defer p.Close()
	if started.Load() != 0 {
		t.Error("a process was started unasked")
	}
	i, err := p.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	end(i)
}

func TestFailuresAreToldAndTakeSeesThem(t *testing.T) {
	var started, told atomic.Int32
	p := pool.New(1, start(t, "exit", &started), func(error) { told.Add(1) })
	eventually(t, "the failure is told", func() bool { return told.Load() > 0 })
	var v *fault.VerdictError
	if _, err := p.Take(t.Context()); !errors.As(err, &v) || v.Verdict != fault.StartFailed {
		t.Errorf("%v", err)
	}
	p.Close()
	if n := started.Load(); n > 5 {
		t.Errorf("%d starts: a failing runner is started without a pause", n)
	}
}

func TestCloseEndsTheWaiting(t *testing.T) {
	var started atomic.Int32
	seen := make(chan *instance.Instance, 10)
	launch := start(t, "ok", &started)
	p := pool.New(3, func(ctx context.Context) (*instance.Instance, error) {
		i, err := launch(ctx)
		if err == nil {
			seen <- i
		}
		return i, err
	}, nil)
	eventually(t, "three wait", func() bool { return p.Ready() == 3 })
	p.Close()
	for range 3 {
		i := <-seen
		select {
		case <-i.Done():
		default:
			t.Error("a process outlived Close")
		}
		if v := i.Verdict(); v.Verdict != fault.SupervisorShutdown {
			t.Error(v)
		}
	}
}

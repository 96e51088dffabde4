package supervisor

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/facetd/facetd/supervisor/internal/instance"
	"github.com/facetd/facetd/supervisor/internal/testpeer"
)

// The steps of a process's life at which a schedule can stop it.
const (
	atLaunch = "launch" // there is no process yet
	atSeal   = "seal"   // there is one, which knows of no facet
	atFiles  = "files"  // the facet's files are made and open
	atEnd    = "end"    // it is dead, and nobody has been told
)

// schedule stops processes at steps of their lives, so that a test decides what
// comes first. It counts them meanwhile.
type schedule struct {
	mu      sync.Mutex
	stops   map[string]*stop
	started int
	live    int // started and not cleaned up after
	most    int // of those at a time
}

// stop is one step at which the next process is stopped.
type stop struct {
	reached, pass chan struct{}
	stubborn      bool // whatever its context says
}

// stopAt stops the next process that comes to a step, until pass is closed.
func (s *schedule) stopAt(step string, stubborn bool) *stop {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &stop{reached: make(chan struct{}), pass: make(chan struct{}), stubborn: stubborn}
	s.stops[step] = p
	return p
}

func (s *schedule) come(ctx context.Context, step string) error {
	s.mu.Lock()
	p := s.stops[step]
	delete(s.stops, step)
	s.mu.Unlock()
	if p == nil {
		return nil
	}
	close(p.reached)
	if p.stubborn {
		ctx = context.Background()
	}
	select {
	case <-p.pass:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// counts returns how many processes were started, and the most at a time.
func (s *schedule) counts() (started, live, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started, s.live, s.most
}

// scheduled opens a host of peers whose processes follow a schedule. The code is
// in the cache: no process bundles it.
func scheduled(t *testing.T, change func(*Config)) (*Host, *schedule) {
	t.Helper()
	s := &schedule{stops: map[string]*stop{}}
	h := peerHost(t, "ok", func(c *Config) {
		c.launch = func(string, Limits) instance.Launch { return s.launch }
		if change != nil {
			change(c)
		}
	})
	if err := h.Loader().cache.put(bundleKey(must(anyCode.modules())), []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	return h, s
}

func (s *schedule) launch(ctx context.Context) (instance.Process, error) {
	if err := s.come(ctx, atLaunch); err != nil {
		return nil, err
	}
	p, err := testpeer.Launch("ok")(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started++
	s.live++
	s.most = max(s.most, s.live)
	return &scheduledProcess{Process: p, schedule: s}, nil
}

type scheduledProcess struct {
	instance.Process
	schedule *schedule
	over     sync.Once
}

func (p *scheduledProcess) WaitSealed(ctx context.Context) error {
	return p.schedule.come(ctx, atSeal)
}

func (p *scheduledProcess) SendFiles(ctx context.Context, _ ...*os.File) error {
	return p.schedule.come(ctx, atFiles)
}

func (p *scheduledProcess) Wait() instance.Exit {
	exit := p.Process.Wait()
	p.over.Do(func() {
		_ = p.schedule.come(context.Background(), atEnd) // its context never ends
		p.schedule.mu.Lock()
		defer p.schedule.mu.Unlock()
		p.schedule.live--
	})
	return exit
}

// background runs a call whose result comes later.
func background(f func() error) <-chan error {
	c := make(chan error, 1)
	go func() { c <- f() }()
	return c
}

// waiting fails the test where a result is there already.
func waiting(t *testing.T, what string, c <-chan error) {
	t.Helper()
	select {
	case err := <-c:
		t.Errorf("%s did not wait: %v", what, err)
	default:
	}
}

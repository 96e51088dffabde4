// Package pool keeps a few runner processes started and locked down, so that a
// facet's first call does not wait for that. A waiting process has seen nothing
// of any facet; one that was taken never comes back.
package pool

import (
	"context"
	"sync"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// retry is the pause after a start that failed.
const retry = time.Second

// Start starts a process and waits until it serves.
type Start func(context.Context) (*instance.Instance, error)

// Pool keeps processes ready. Safe for concurrent use.
type Pool struct {
	start  Start
	size   int
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{}
	filler sync.WaitGroup
	failed func(error)

	mu    sync.Mutex
	ready []*instance.Instance
}

// New makes a pool that keeps size processes ready; 0 or less makes one that
// starts each when it is asked for. failed is told about starts that failed
// while nobody waited; may be nil.
func New(size int, start Start, failed func(error)) *Pool {
	p := &Pool{start: start, size: size, wake: make(chan struct{}, 1), failed: failed}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if size > 0 {
		p.filler.Go(p.fill)
	}
	return p
}

// Take returns a ready process, or starts one where there is none.
func (p *Pool) Take(ctx context.Context) (*instance.Instance, error) {
	if i := p.pop(); i != nil {
		return i, nil
	}
	return p.start(ctx)
}

func (p *Pool) pop() *instance.Instance {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.refill()
	for len(p.ready) > 0 {
		i := p.ready[0]
		p.ready = p.ready[1:]
		if i.State() == instance.Waiting { // it may have died meanwhile
			return i
		}
	}
	return nil
}

// Ready returns how many processes wait.
func (p *Pool) Ready() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ready)
}

func (p *Pool) refill() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *Pool) fill() {
	for p.ctx.Err() == nil {
		if p.Ready() >= p.size {
			select {
			case <-p.wake:
			case <-p.ctx.Done():
			}
			continue
		}
		i, err := p.start(p.ctx)
		if err != nil {
			if p.ctx.Err() == nil && p.failed != nil {
				p.failed(err)
			}
			select {
			case <-time.After(retry):
			case <-p.ctx.Done():
			}
			continue
		}
		p.mu.Lock()
		p.ready = append(p.ready, i)
		p.mu.Unlock()
	}
}

// Close ends the waiting processes and returns when they are gone.
func (p *Pool) Close() {
	p.cancel()
	p.filler.Wait()
	p.mu.Lock()
	ready := p.ready
	p.ready = nil
	p.mu.Unlock()
	for _, i := range ready {
		i.Kill(fault.New(fault.SupervisorShutdown, "the host was closed"))
	}
	for _, i := range ready {
		<-i.Done()
	}
}

package supervisor

import (
	"context"
	"fmt"
	"sync"
)

// flight runs a function once for all who wait for its result, and keeps the
// result where it is one.
type flight struct {
	mu     sync.Mutex
	result *build
	going  *attempt
}

type attempt struct {
	done   chan struct{}
	result *build
	err    error
}

// unless calls change unless there is a result or an attempt under way.
func (f *flight) unless(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.result == nil && f.going == nil {
		change()
	}
}

// drop forgets the result: the next do runs again.
func (f *flight) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.result = nil
}

// do returns the result, waiting as long as ctx lets it. The function itself
// goes on without the one who began it, bounded by its own means: others may
// wait for it.
func (f *flight) do(ctx context.Context, run func(context.Context) (*build, error)) (*build, error) {
	f.mu.Lock()
	if f.result != nil {
		defer f.mu.Unlock()
		return f.result, nil
	}
	a := f.going
	if a == nil {
		a = &attempt{done: make(chan struct{})}
		f.going = a
		go f.run(context.WithoutCancel(ctx), a, run)
	}
	f.mu.Unlock()
	select {
	case <-a.done:
		return a.result, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (f *flight) run(ctx context.Context, a *attempt, run func(context.Context) (*build, error)) {
	defer func() {
		if p := recover(); p != nil {
			a.err = fmt.Errorf("the code callback panicked: %v", p)
		}
		f.mu.Lock()
		f.going, f.result = nil, a.result
		f.mu.Unlock()
		close(a.done)
	}()
	a.result, a.err = run(ctx)
}

package supervisor

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
)

// Close ends every facet at once with the verdict supervisor-shutdown and
// returns when no process, cgroup or temporary file of the host is left. What
// was acknowledged is on disk. It is idempotent.
func (h *Host) Close() error {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	return h.Shutdown(done)
}

// Shutdown takes no new call, waits for those under way until ctx ends, stops
// the facets cleanly, and closes the host.
func (h *Host) Shutdown(ctx context.Context) error {
	var err error
	h.closed.Do(func() { err = h.shutdown(ctx) })
	return err
}

func (h *Host) shutdown(ctx context.Context) error {
	v := &fault.VerdictError{Verdict: fault.SupervisorShutdown, Reason: ErrClosed}
	h.mu.Lock()
	h.closing = v
	h.mu.Unlock()
	h.clients.close()
	if h.clock != nil {
		h.clock.Stop()
	}
	h.drain(ctx)
	h.cancel()
	var all sync.WaitGroup
	for _, o := range h.live() {
		all.Go(func() { o.shutdown(ctx, v) })
	}
	all.Wait()
	h.work.Wait()
	var errs []error
	if h.clock != nil {
		errs = append(errs, h.clock.Close())
	}
	if h.pool != nil {
		h.pool.Close()
	}
	if h.launcher != nil {
		errs = append(errs, h.launcher.Close())
	}
	if h.runners != nil && h.runners.file != nil {
		errs = append(errs, h.runners.close())
	}
	h.mu.Lock()
	dbs := h.dbs
	h.dbs = nil
	h.mu.Unlock()
	for _, d := range dbs {
		errs = append(errs, d.db.Close(), d.handle.Close())
	}
	if h.loader != nil {
		errs = append(errs, h.loader.cache.close())
	}
	if h.temp != "" {
		errs = append(errs, os.RemoveAll(h.temp))
	}
	// The lock goes last: the next host may be waiting for the directory.
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}

// drain waits until no call is under way.
func (h *Host) drain(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		busy := false
		for _, o := range h.live() {
			busy = busy || o.busy()
		}
		if !busy {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

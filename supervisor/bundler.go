package supervisor

import (
	"context"
	"errors"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fair"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// runBundler has bundling runners work at a request. Few work at a time, in turn for
// those who wait, and each for little time at first: what one tree loads, however much
// or slow to bundle, does not hold up the others.
func (l *Loader) runBundler(ctx context.Context, req *facetv1.BundleRequest, tree any) (*facetv1.BundleResponse, error) {
	if err := l.host.begin(); err != nil {
		return nil, err
	}
	defer l.host.work.Done()
	ctx, cancel := context.WithTimeout(ctx, 3*l.host.cfg.StartTimeout)
	defer cancel()
	defer context.AfterFunc(l.host.ctx, cancel)()
	cfg := &l.host.cfg
	answer, err := l.bundleIn(ctx, l.slots, cfg.quickBundle, quickWall*cfg.quickBundle, req, tree)
	if !errors.Is(err, instance.ErrBundleLong) {
		return answer, err
	}
	answer, err = l.bundleIn(ctx, l.slow, cfg.slowBundle, cfg.StartTimeout, req, tree)
	if errors.Is(err, instance.ErrBundleLong) {
		err = codeErrorf("bundling the modules took longer than %v of processor time, or %v: load less code, or bundle it beforehand", cfg.slowBundle, cfg.StartTimeout)
	}
	return answer, err
}

// bundleIn starts a bundling runner when there is a place for it.
func (l *Loader) bundleIn(ctx context.Context, places *fair.Slots, cpu, wall time.Duration, req *facetv1.BundleRequest, tree any) (*facetv1.BundleResponse, error) {
	release, err := places.Acquire(ctx, tree)
	if err != nil {
		return nil, err
	}
	defer release()
	i, err := l.host.startRunner(roleBundle, bundlerLimits.or(l.host.cfg.Limits))(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := i.Bundle(ctx, req, cpu, wall)
	select {
	case <-i.Done():
	case <-time.After(l.host.cfg.StopTimeout):
	}
	return answer, err
}

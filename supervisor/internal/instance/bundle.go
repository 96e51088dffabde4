package instance

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// ErrBundleLong is in the error of a Bundle that took too long.
var ErrBundleLong = errors.New("bundling the modules took longer than its limit")

// bundleTick is how often a bundler is looked at.
const bundleTick = 20 * time.Millisecond

// Bundle has a waiting instance of the bundling role turn modules into a script,
// and ends it. cpu is the processor time that the process may use for that, wall how
// long it may take; beyond either the error is one of ErrBundleLong. The error is a
// *fault.VerdictError.
func (i *Instance) Bundle(ctx context.Context, req *facetv1.BundleRequest, cpu, wall time.Duration) (*facetv1.BundleResponse, error) {
	return once(ctx, i, "bundle the modules", func(ctx context.Context) (*facetv1.BundleResponse, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go i.boundBundle(ctx, cpu, wall)
		return i.client.Bundle(ctx, req, grpc.MaxCallRecvMsgSize(MaxBundle))
	})
}

// boundBundle ends the process where it exceeds a limit before ctx ends.
func (i *Instance) boundBundle(ctx context.Context, cpu, wall time.Duration) {
	tick, late := time.NewTicker(bundleTick), time.NewTimer(wall)
	defer tick.Stop()
	defer late.Stop()
	start, err := i.proc.CPUTime()
	for err == nil {
		select {
		case <-tick.C:
		case <-late.C:
			i.Kill(fault.New(fault.StartFailed, "%w of %v", ErrBundleLong, wall))
			return
		case <-ctx.Done():
			return
		}
		var used time.Duration
		if used, err = i.proc.CPUTime(); err == nil && used-start > cpu {
			i.Kill(fault.New(fault.StartFailed, "%w of %v of processor time", ErrBundleLong, cpu))
			return
		}
	}
	// The process has ended; its exit says why.
}

// Inspect has a waiting instance with an engine list what a worker exports, and
// ends it. The error is a *fault.VerdictError.
func (i *Instance) Inspect(ctx context.Context, req *facetv1.InspectRequest) (*facetv1.InspectResponse, error) {
	return once(ctx, i, "list the exports", func(ctx context.Context) (*facetv1.InspectResponse, error) {
		return i.client.Inspect(ctx, req)
	})
}

// once makes the one call of an instance that serves no facet.
func once[T any](ctx context.Context, i *Instance, what string, call func(context.Context) (T, error)) (T, error) {
	var none T
	defer i.Kill(fault.New(fault.Hibernated, "the runner has done its work"))
	if err := i.advance(Waiting, Assigning, ""); err != nil {
		return none, err
	}
	ctx, stop := context.WithTimeoutCause(ctx, i.cfg.StartTimeout, i.timeout(what))
	defer stop()
	defer context.AfterFunc(i.ctx, stop)()
	answer, err := call(ctx)
	if err == nil {
		return answer, nil
	}
	switch cause := context.Cause(ctx); {
	case cause != nil && i.ctx.Err() == nil:
		err = cause
	case status.Code(err) == codes.DeadlineExceeded: // the runner's clock was first
		err = i.timeout(what)
	default:
		err = i.endedOr(err)
	}
	i.Kill(asVerdict(err, fault.StartFailed))
	return none, i.Verdict()
}

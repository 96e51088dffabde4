package instance

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// Bundle has a waiting instance of the bundling role turn modules into a script,
// and ends it. The error is a *fault.VerdictError.
func (i *Instance) Bundle(ctx context.Context, req *facetv1.BundleRequest) (*facetv1.BundleResponse, error) {
	return once(ctx, i, "bundle the modules", func(ctx context.Context) (*facetv1.BundleResponse, error) {
		return i.client.Bundle(ctx, req, grpc.MaxCallRecvMsgSize(MaxBundle))
	})
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

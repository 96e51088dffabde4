package instance

import (
	"context"

	"google.golang.org/grpc"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// Bundle has a waiting instance of the bundling role turn modules into a script,
// and ends it. The error is a *fault.VerdictError.
func (i *Instance) Bundle(ctx context.Context, req *facetv1.BundleRequest) (*facetv1.BundleResponse, error) {
	return once(ctx, i, "bundle the modules", req, i.client.Bundle)
}

// Inspect has a waiting instance list what a worker exports, and ends it. The
// error is a *fault.VerdictError.
func (i *Instance) Inspect(ctx context.Context, req *facetv1.InspectRequest) (*facetv1.InspectResponse, error) {
	return once(ctx, i, "list the worker's exports", req, i.client.Inspect)
}

// once uses a waiting instance for a single call, which ends it.
func once[Req, Resp any](ctx context.Context, i *Instance, what string, req Req, call func(context.Context, Req, ...grpc.CallOption) (Resp, error)) (Resp, error) {
	var none Resp
	defer i.Kill(fault.New(fault.Hibernated, "the runner has done its work"))
	if err := i.advance(Waiting, Assigning, ""); err != nil {
		return none, err
	}
	ctx, stop := context.WithTimeoutCause(ctx, i.cfg.StartTimeout, i.timeout(what))
	defer stop()
	answer, err := call(ctx, req, grpc.MaxCallRecvMsgSize(MaxBundle))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		} else {
			err = i.endedOr(err)
		}
		i.Kill(asVerdict(err, fault.StartFailed))
		return none, i.Verdict()
	}
	return answer, nil
}

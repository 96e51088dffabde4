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
	defer i.Kill(fault.New(fault.Hibernated, "the runner has done its work"))
	if err := i.advance(Waiting, Assigning, ""); err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeoutCause(ctx, i.cfg.StartTimeout, i.timeout("bundle the modules"))
	defer stop()
	answer, err := i.client.Bundle(ctx, req, grpc.MaxCallRecvMsgSize(MaxBundle))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		} else {
			err = i.endedOr(err)
		}
		i.Kill(asVerdict(err, fault.StartFailed))
		return nil, i.Verdict()
	}
	return answer, nil
}

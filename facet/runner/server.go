package runner

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/facetd/facetd/plugin-proto/codec"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

const (
	// maxMessage bounds one received message, in bytes: an Assign carries a script
	// and its source map of up to 80 MiB each.
	maxMessage = 164 << 20
	// window is the HTTP/2 window of stream and connection, in bytes. Calls have
	// flow control of their own; gRPC's must never be what stops the one stream.
	window = 8 << 20
	// pluginService is the name under which go-plugin asks for health.
	pluginService = "plugin"
)

func newServer(s *service) *grpc.Server {
	server := grpc.NewServer(
		grpc.ForceServerCodecV2(codec.New()),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxSendMsgSize(maxMessage),
		grpc.MaxConcurrentStreams(16),
		grpc.InitialWindowSize(window),
		grpc.InitialConnWindowSize(window),
		grpc.WaitForHandlers(false),
	)
	facetv1.RegisterFacetServer(server, s)
	h := health.NewServer()
	h.SetServingStatus(pluginService, healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, h)
	return server
}

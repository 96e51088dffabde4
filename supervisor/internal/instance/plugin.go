package instance

import (
	"context"
	"errors"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/facetd/facetd/plugin-proto/codec"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

const (
	// HandshakeLine is what a runner says, and all it may say, when it serves.
	HandshakeLine = "1|1|unix|facetd|grpc"
	// CookieKey and CookieValue are go-plugin's magic cookie: not a secret, only
	// the mark of a child that facetd started.
	CookieKey   = "FACETD_RUNNER"
	CookieValue = "7d0c1f5e-facet-runner-v1"

	pluginName = "facet"
	// maxHeaderList bounds what gRPC accepts as header and trailer lists, bytes.
	maxHeaderList = 8 << 10
	// maxAssign bounds what the supervisor sends: a script and its source map of
	// up to 80 MiB each, and 4 MiB of values, in bytes.
	maxAssign = 164 << 20
	// MaxBundle bounds the answer of a bundling runner, in bytes.
	MaxBundle = 164 << 20
)

// facetPlugin makes the client of service Facet. The other half lives in the
// runner.
type facetPlugin struct{ plugin.NetRPCUnsupportedPlugin }

func (facetPlugin) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the supervisor does not serve facets")
}

func (facetPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return facetv1.NewFacetClient(conn), nil
}

// newClient makes a go-plugin client around a process whose handshake line has
// been checked. dir takes go-plugin's temporary directory.
func newClient(p Process, conn net.Conn, dir string, startTimeout time.Duration) *plugin.Client {
	var dialed atomic.Bool
	dial := func(context.Context, string) (net.Conn, error) {
		if dialed.Swap(true) {
			return nil, errors.New("the runner's only connection is gone")
		}
		return conn, nil
	}
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: CookieKey, MagicCookieValue: CookieValue},
		Plugins:          plugin.PluginSet{pluginName: facetPlugin{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		StartTimeout:     startTimeout,
		SkipHostEnv:      true,
		Stderr:           io.Discard,
		SyncStdout:       io.Discard,
		SyncStderr:       io.Discard,
		Logger:           hclog.NewNullLogger(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		RunnerFunc: func(hclog.Logger, *exec.Cmd, string) (runner.Runner, error) {
			return &pluginRunner{process: p}, nil
		},
		// These come after go-plugin's own options and win.
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithContextDialer(dial),
			grpc.WithIdleTimeout(0),
			grpc.WithNoProxy(),
			grpc.WithDisableServiceConfig(),
			grpc.WithDisableRetry(),
			grpc.WithMaxHeaderListSize(maxHeaderList),
			grpc.WithInitialWindowSize(1 << 20),
			grpc.WithInitialConnWindowSize(1 << 20),
			grpc.WithUnaryInterceptor(onlyFacetUnary),
			grpc.WithStreamInterceptor(onlyFacetStream),
			grpc.WithDefaultCallOptions(
				grpc.ForceCodecV2(codec.New()),
				grpc.MaxCallRecvMsgSize(wire.MaxMessage),
				grpc.MaxCallSendMsgSize(maxAssign),
			),
		},
	})
}

// errNotServed is what go-plugin's own services get: it then does without them.
var errNotServed = status.Error(codes.Unimplemented, "facetd does not use this service")

func isFacetMethod(method string) bool { return strings.HasPrefix(method, "/facet.v1.Facet/") }

func onlyFacetUnary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if !isFacetMethod(method) {
		return errNotServed
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

func onlyFacetStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, stream grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if !isFacetMethod(method) {
		return nil, errNotServed
	}
	return stream(ctx, desc, cc, method, opts...)
}

// pluginRunner shows a process to go-plugin. Its output is a constant: the real
// output never reaches go-plugin.
type pluginRunner struct{ process Process }

var _ runner.Runner = (*pluginRunner)(nil)

func (r *pluginRunner) Start(context.Context) error     { return nil }
func (r *pluginRunner) Diagnose(context.Context) string { return "" }
func (r *pluginRunner) Name() string                    { return "facet-runner" }
func (r *pluginRunner) ID() string                      { return strconv.Itoa(r.process.Pid()) }

func (r *pluginRunner) Stdout() io.ReadCloser {
	return io.NopCloser(strings.NewReader(HandshakeLine + "\n"))
}

func (r *pluginRunner) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

func (r *pluginRunner) Wait(context.Context) error { r.process.Wait(); return nil }
func (r *pluginRunner) Kill(context.Context) error { r.process.Kill(); return nil }

func (r *pluginRunner) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

func (r *pluginRunner) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

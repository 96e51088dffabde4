package testpeer

import (
	"context"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/facetd/facetd/plugin-proto/codec"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// linkFile is kept: the collector would close it, and 3 with it, for who asks next.
var linkFile = sync.OnceValue(func() *os.File { return os.NewFile(3, "link") })

func link() net.Conn {
	conn, err := net.FileConn(linkFile())
	if err != nil {
		panic(err)
	}
	return conn
}

type oneConn struct {
	conn net.Conn
	once sync.Once
}

func (o *oneConn) Accept() (c net.Conn, err error) {
	o.once.Do(func() { c = o.conn })
	if c == nil {
		select {}
	}
	return c, nil
}
func (o *oneConn) Close() error   { return nil }
func (o *oneConn) Addr() net.Addr { return &net.UnixAddr{Name: "peer"} }

func serve(mode string) int {
	s := grpc.NewServer(grpc.ForceServerCodecV2(codec.New()), grpc.MaxRecvMsgSize(164<<20), grpc.MaxSendMsgSize(1<<30),
		grpc.InitialWindowSize(8<<20), grpc.InitialConnWindowSize(8<<20))
	facetv1.RegisterFacetServer(s, &peer{mode: mode})
	say()
	if err := s.Serve(&oneConn{conn: link()}); err != nil {
		return 1
	}
	return 0
}

// peer serves the contract, badly where its mode or a call's path says so.
type peer struct {
	facetv1.UnimplementedFacetServer
	mode  string
	class string
}

func (p *peer) Assign(ctx context.Context, req *facetv1.AssignRequest) (*facetv1.AssignResponse, error) {
	p.class = req.ClassName
	switch p.mode {
	case "assign-hang":
		<-ctx.Done()
		time.Sleep(time.Hour)
	case "assign-exit":
		os.Exit(4)
	case "assign-status":
		return nil, status.Error(codes.Code(4711), strings.Repeat("\x1b[2J\xff", 100))
	case "assign-throw":
		return &facetv1.AssignResponse{Failure: &facetv1.Failure{Kind: facetv1.Failure_KIND_START,
			Name: "RangeError", Message: "no luck", DurableObjectReset: true}}, nil
	case "assign-huge":
		return &facetv1.AssignResponse{Failure: &facetv1.Failure{Message: strings.Repeat("x", 6<<20)}}, nil
	}
	return &facetv1.AssignResponse{}, nil
}

func (p *peer) Bundle(_ context.Context, req *facetv1.BundleRequest) (*facetv1.BundleResponse, error) {
	for _, m := range req.Modules {
		switch {
		case strings.Contains(string(m.Content), "bundle hangs"):
			time.Sleep(time.Hour)
		case strings.Contains(string(m.Content), "bundle loops"):
			for n := uint64(1); n != 0; n += 2 { // never 0
			}
		}
		if m.Name == req.MainModule && strings.Contains(string(m.Content), "syntax error") {
			return &facetv1.BundleResponse{Errors: []*facetv1.Diagnostic{{
				Module: m.Name, Line: 2, Column: 16, Text: "Unexpected \"error\"", LineText: "syntax error"}}}, nil
		}
	}
	return &facetv1.BundleResponse{Script: []byte("script of " + req.MainModule)}, nil
}

func (p *peer) HoldCheckpoints(_ context.Context, req *facetv1.HoldCheckpointsRequest) (*facetv1.HoldCheckpointsResponse, error) {
	switch {
	case p.mode == "hold-hang" && req.Hold, p.mode == "unhold-hang" && !req.Hold:
		time.Sleep(time.Hour)
	case p.mode == "hold-fail":
		return nil, status.Error(codes.Code(99), "no")
	}
	return &facetv1.HoldCheckpointsResponse{}, nil
}

func (p *peer) Stop(ctx context.Context, _ *facetv1.StopRequest) (*facetv1.StopResponse, error) {
	if p.mode == "stop-hang" {
		time.Sleep(time.Hour)
	}
	return &facetv1.StopResponse{}, nil
}

func (p *peer) Channel(stream facetv1.Facet_ChannelServer) error {
	if p.mode == "forge-log" {
		os.Stderr.WriteString(`{"@level":"error","@message":"owned","facet":"other-tenant","@timestamp":"2001-01-01T00:00:00.000000Z"}` + "\n")
		os.Stderr.WriteString("[ERROR] owned \x1b[31mred\x1b[0m\x00\n")
	}
	c := &channel{peer: p, stream: stream, bodies: map[uint64]*body{}, origins: map[uint64]uint64{}}
	for {
		packet, err := stream.Recv()
		if err != nil {
			return err
		}
		for _, f := range packet.Frames {
			c.frame(f)
		}
	}
}

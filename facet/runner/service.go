package runner

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/facetd/facetd/facet/internal/bundle"
	"github.com/facetd/facetd/facet/internal/lockdown"
	"github.com/facetd/facetd/facet/js"
	"github.com/facetd/facetd/facet/storage"
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// service implements facetv1.FacetServer. A runner is used once: for one
// instance, one bundle or one inspection.
type service struct {
	facetv1.UnimplementedFacetServer
	role   string
	engine *js.Engine // nil in the bundle role

	mu   sync.Mutex
	used bool

	out   outbox
	owed  owed
	batch []js.Message // deliverAll's
}

// take marks the runner as used; it fails when it was used before.
func (s *service) take() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used {
		return status.Error(codes.FailedPrecondition, "this runner was used before; a runner serves one facet in its life")
	}
	s.used = true
	return nil
}

func (s *service) needsEngine() error {
	if s.engine == nil {
		return status.Error(codes.FailedPrecondition, "this runner has no JavaScript engine; it bundles only")
	}
	return s.take()
}

// Bundle implements facetv1.FacetServer.
func (s *service) Bundle(_ context.Context, req *facetv1.BundleRequest) (*facetv1.BundleResponse, error) {
	if s.role != RoleBundle {
		return nil, status.Error(codes.FailedPrecondition, "this runner runs JavaScript; it does not bundle")
	}
	if err := s.take(); err != nil {
		return nil, err
	}
	return bundle.Build(req), nil
}

// Assign implements facetv1.FacetServer.
func (s *service) Assign(ctx context.Context, req *facetv1.AssignRequest) (*facetv1.AssignResponse, error) {
	if err := s.needsEngine(); err != nil {
		return nil, err
	}
	role, flags := roleObject, int64(0)
	if req.Role == facetv1.AssignRequest_ROLE_ENTRYPOINT {
		role, flags = roleEntrypoint, loadEntrypoint
		lockdown.CloseFiles() // it has no database
	} else if failure, err := s.openStorage(req.GetLimits()); failure != nil || err != nil {
		return &facetv1.AssignResponse{Failure: failure}, err
	}
	s.out.computer.limit = time.Duration(req.GetLimits().GetCpuMs()) * time.Millisecond
	s.engine.SetCPULimit(s.out.computer.limit)
	s.out.maps.set(req.SourceMap)
	about, err := json.Marshal(aboutInstance{
		ID: req.GetId().GetId(), Name: req.GetId().GetName(), HasName: req.GetId().GetHasName(), Plain: req.GetId().GetPlain(),
		CompatibilityDate: req.CompatibilityDate, CompatibilityFlags: req.CompatibilityFlags,
		Sockets: hibernatedSockets(req.Sockets), AutoResponse: autoResponse(req.AutoResponse),
		Role: role, SubRequests: req.GetLimits().SubRequests, OpenCalls: req.GetLimits().GetOpenCalls(), Grants: grantsOf(req.Grants), EnvRefs: refsOf(req.EnvRefs), PropsRefs: refsOf(req.PropsRefs),
	})
	if err != nil {
		return nil, status.Errorf(codes.Internal, "describe the instance: %v", err)
	}
	loaded, err := s.load(ctx, js.Message{
		Kind: js.InLoad, A: flags, S1: req.Script, S2: []byte(req.ClassName), S3: about,
		Body: pair(req.Props, req.Env),
	})
	if err != nil {
		return nil, err
	}
	return &facetv1.AssignResponse{Failure: loaded.failure}, nil
}

// openStorage takes the database and its WAL over. A failure is the
// application's to see.
func (s *service) openStorage(limits *facetv1.InstanceLimits) (*facetv1.Failure, error) {
	files, err := lockdown.ReceiveFiles(2)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "receive the database: %v", err)
	}
	if err := s.engine.OpenStorage(files[0], files[1], storage.Limits{
		MaxPages:  limits.GetDatabasePages(),
		HeapBytes: limits.GetSqliteHeapBytes(),
	}); err != nil {
		return &facetv1.Failure{Kind: facetv1.Failure_KIND_START, Name: "Error", Message: "open the database: " + err.Error()}, nil
	}
	return nil, nil
}

// Inspect implements facetv1.FacetServer.
func (s *service) Inspect(ctx context.Context, req *facetv1.InspectRequest) (*facetv1.InspectResponse, error) {
	if err := s.needsEngine(); err != nil {
		return nil, err
	}
	lockdown.CloseFiles() // it gets no database
	s.engine.SetCPULimit(time.Duration(req.CpuMs) * time.Millisecond)
	s.out.maps.set(req.SourceMap)
	about, err := json.Marshal(aboutInstance{CompatibilityDate: req.CompatibilityDate, CompatibilityFlags: req.CompatibilityFlags})
	if err != nil {
		return nil, status.Errorf(codes.Internal, "describe the worker: %v", err)
	}
	loaded, err := s.load(ctx, js.Message{Kind: js.InLoad, A: loadInspect, S1: req.Script, S3: about, Body: pair(nil, req.Env)})
	if err != nil {
		return nil, err
	}
	if loaded.failure != nil {
		return &facetv1.InspectResponse{Failure: loaded.failure}, nil
	}
	exports, err := parseExports(loaded.exports)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "read the exports: %v", err)
	}
	return &facetv1.InspectResponse{Exports: exports}, nil
}

// load sends a Load message and waits for its answer.
func (s *service) load(ctx context.Context, m js.Message) (loadResult, error) {
	s.out.loaded = make(chan loadResult, 1)
	s.out.refused, s.out.post = s.undelivered, func(m js.Message) { s.insist(m) }
	s.out.computer.answer = s.out.post
	go s.out.run(s.engine)
	if err := s.engine.Post(m); err != nil {
		return loadResult{}, status.Errorf(codes.Internal, "hand the code to the engine: %v", err)
	}
	select {
	case r := <-s.out.loaded:
		return r, nil
	case <-ctx.Done():
		return loadResult{}, status.FromContextError(ctx.Err()).Err()
	}
}

// HoldCheckpoints implements facetv1.FacetServer.
func (s *service) HoldCheckpoints(_ context.Context, req *facetv1.HoldCheckpointsRequest) (*facetv1.HoldCheckpointsResponse, error) {
	if s.engine == nil {
		return nil, status.Error(codes.FailedPrecondition, "this runner has no database")
	}
	s.engine.HoldCheckpoints(req.Hold)
	return &facetv1.HoldCheckpointsResponse{}, nil
}

// Stop implements facetv1.FacetServer.
func (s *service) Stop(context.Context, *facetv1.StopRequest) (*facetv1.StopResponse, error) {
	if s.engine != nil {
		if err := s.engine.Stop(); err != nil {
			return nil, status.Errorf(codes.Internal, "stop the engine: %v", err)
		}
	}
	answer := &facetv1.StopResponse{}
	if s.engine != nil {
		answer.Alarm = alarmOf(s.engine.LastAlarm())
	}
	return answer, nil
}

// Channel implements facetv1.FacetServer.
func (s *service) Channel(stream facetv1.Facet_ChannelServer) error {
	if s.engine == nil {
		return status.Error(codes.FailedPrecondition, "this runner has no JavaScript engine")
	}
	if err := s.out.attach(stream); err != nil {
		return err
	}
	for {
		packet, err := stream.Recv()
		if err != nil {
			return err
		}
		if len(packet.Frames) == 1 || !s.deliverAll(packet.Frames) {
			for _, f := range packet.Frames {
				s.deliver(f)
			}
		}
	}
}

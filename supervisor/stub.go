package supervisor

import (
	"context"
	"errors"
	"net/http"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/value"
	"github.com/facetd/facetd/supervisor/internal/refs"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// Stub is the handle through which a facet is called. It is an http.Handler.
// After Abort, Delete or Clone have ended what it leads to, or the instance of its
// parent has failed (fact F69), it fails for ever with the reason; after a crash, a limit or hibernation the next call starts the
// facet again. Safe for concurrent use.
type Stub struct {
	inc      *incarnation
	callback Callback
	by       any       // the instance that calls, a comparable value; nil: code in the supervisor
	came     time.Time // when its call did, where by is set
	err      error
	// again makes the stub anew where it leads to an object or entrypoint rather than
	// to a facet, so that it outlives an abort where it is kept; nil otherwise.
	again func() *Stub
	bytes int // of its props, and of theirs
}

var _ http.Handler = (*Stub)(nil)

// Facets returns the facet's own facets.
func (s *Stub) Facets() *Facets {
	if s.err != nil {
		return &Facets{err: s.err}
	}
	return &Facets{parent: s.inc.node}
}

// Call calls a method with structured-clone values (package value of
// plugin-proto says which Go values those are; a *Stub or a Class among them is passed
// by reference) and decodes the result into what out points to; nil drops it. Stubs
// and classes in a result are *Stub and Class; functions, RpcTargets and streams,
// which only instances can use, are a value.Ref, and given up. An exception is a
// *RemoteError.
func (s *Stub) Call(ctx context.Context, method string, out any, args ...any) error {
	if s.err != nil {
		return s.err
	}
	if args == nil {
		args = []any{}
	}
	encoded, caps, err := marshalRefs(args)
	if err != nil {
		return err
	}
	result, err := s.call(ctx, wire.Method{Name: method, Args: encoded, Caps: caps})
	if err != nil {
		return err
	}
	defer refs.Drop(result.Caps...)
	if out == nil {
		return nil
	}
	return value.UnmarshalRefs(result.Value, out, func(r value.Ref) (any, error) {
		if r.Place < uint64(len(result.Caps)) {
			if d := result.Caps[r.Place].Durable; d != nil {
				return d, nil
			}
		}
		return r, nil
	})
}

// call is Call with encoded arguments and result. It takes over what the arguments
// refer to.
func (s *Stub) call(ctx context.Context, m wire.Method) (wire.Result, error) {
	i, err := s.inc.enter(ctx, s.callback, s.by, s.came)
	if err != nil {
		refs.Drop(m.Caps...)
		return wire.Result{}, err
	}
	defer s.inc.leave(i, s.by)
	return i.Mux().Call(ctx, m)
}

// Fetch makes a request with an absolute URL (fact F12) and returns the answer
// with status and header fields unchanged (fact F14). The caller closes the
// body.
func (s *Stub) Fetch(ctx context.Context, r *http.Request) (*http.Response, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.inc.gateway.Load().Fetch(ctx, r, s.open)
}

// ServeHTTP forwards a request that came over the network. What the client
// learns about a failure is its status code: 500 for an exception, 504 for a
// limit on time, 502 for a crash, 503 with Retry-After for a facet that is busy
// or backs off, 413 for too large a request.
func (s *Stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	s.inc.gateway.Load().Serve(w, r, s.open)
}

func (s *Stub) open(ctx context.Context, head *facetv1.RequestHead) (*wire.Call, func(), error) {
	for again := true; ; again = false {
		i, err := s.inc.enter(ctx, s.callback, s.by, s.came)
		if err != nil {
			return nil, nil, err
		}
		call, err := i.Mux().Fetch(head)
		if err == nil {
			return call, func() { s.inc.leave(i, s.by) }, nil
		}
		s.inc.leave(i, s.by)
		var unsent *wire.UnsentError
		if !again || !errors.As(err, &unsent) {
			return nil, nil, err
		}
		// It ended just now, and never heard of the call.
	}
}

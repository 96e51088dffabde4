package gateway

import (
	"context"
	"net/http"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/socket"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// Options are what a host decides about its gateway.
type Options struct {
	// TrustForwarded says whether X-Forwarded-*, Forwarded and X-Real-IP of a
	// request come from a proxy of ours. nil trusts none: the fields are
	// dropped.
	TrustForwarded func(*http.Request) bool
	// AllowSiteHeaders lets an application set header fields that govern more
	// than itself; see siteHeaders.
	AllowSiteHeaders bool
	// HeaderBytes and HeaderEntries bound a request's header fields.
	HeaderBytes   int
	HeaderEntries int
	// RequestBytes bounds a request body.
	RequestBytes int64
	// ClientPatience is how long a client may take to accept one piece of an
	// answer, 256 KiB at most, where its server has no WriteTimeout; 0 means 30 s.
	// A client that does not read would hold one of the facet's calls for ever. It is
	// also how long a body of up to 64 KiB may take to come, where the server has no
	// ReadTimeout; a larger one is bounded by the call.
	ClientPatience time.Duration
	// MessageBytes bounds a message of a client on a WebSocket.
	MessageBytes int
	// Owner tells whose facet it is, a comparable value: the clients of one owner
	// share what there is room for on the host.
	Owner any
	// Track is told of each WebSocket with a client, which it may abandon, and what
	// it returns when that is over; may be nil.
	Track func(socket.End) (over func())
	// Failed is told about every request that was not answered by the facet,
	// with the whole error; may be nil.
	Failed func(r *http.Request, status int, err error)
}

// Open opens a call for a request head. release is to be called once, when the
// call is over.
type Open func(ctx context.Context, head *facetv1.RequestHead) (call *wire.Call, release func(), err error)

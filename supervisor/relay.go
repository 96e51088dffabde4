package supervisor

import (
	"context"
	"errors"
	"io"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// relay carries a fetch from one instance to another and its answer back. Both
// bodies stream; each side waits for the other's credit, so nothing piles up.
func (c *caller) relay(in *wire.Incoming, s *Stub) {
	ctx, r := in.Context(), in.Request
	head := &facetv1.RequestHead{Method: r.Method, Url: r.Url, Headers: r.Headers, HasBody: r.HasBody, End: !r.HasBody, WebSocket: r.WebSocket}
	stream := r.HasBody
	if r.HasBody && r.End {
		head.Body, head.End, stream = r.Body, true, false
		r.Body = nil // not kept until the answer comes
	}
	call, release, err := s.open(ctx, head)
	if err != nil {
		in.Fail(c.failure(err))
		return
	}
	defer release()
	defer call.Cancel(context.Canceled)
	if stream {
		go send(ctx, in, call, s.inc.gateway.Load().RequestBytes)
	}
	answer, err := call.Head(ctx)
	if err != nil {
		in.Fail(c.failure(err))
		return
	}
	out := &facetv1.ResponseHead{Status: uint32(answer.Status), StatusText: answer.Text, Headers: answer.Fields}
	if far := call.Socket(); far != nil {
		if err := in.Upgrade(out, far, c.inc.node.object.host.cfg.Limits.Wall); err != nil {
			far.Abandon(err)
		}
		return
	}
	body, whole := call.Complete()
	if whole && in.Fits(len(body)) {
		out.Body, out.End = body, true
		in.Respond(out)
		return
	}
	in.Respond(out)
	if whole {
		if in.Write(body) == nil {
			in.CloseWrite()
		}
		return
	}
	for {
		b, err := call.Next(ctx)
		if errors.Is(err, io.EOF) {
			in.CloseWrite()
			return
		}
		if err == nil {
			err = in.Write(b)
		}
		if err != nil {
			in.Fail(c.failure(err))
			return
		}
	}
}

// send carries the request's body. It ends with the call, or when either side
// does not want to go on.
func send(ctx context.Context, in *wire.Incoming, call *wire.Call, limit int64) {
	var total int64
	for {
		b, err := in.Next()
		if errors.Is(err, io.EOF) {
			call.CloseWrite()
			return
		}
		if err != nil {
			call.Cancel(err)
			return
		}
		if total += int64(len(b)); total > limit {
			call.Cancel(fault.ErrRequestTooLarge)
			return
		}
		if n, err := call.Write(ctx, b); err != nil || n < len(b) {
			return
		}
	}
}

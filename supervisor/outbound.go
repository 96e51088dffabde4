package supervisor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/egress"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

const (
	// maxOutside is how many requests to the outside an instance has under way;
	// more wait.
	maxOutside = 32
	// outsideChunk is how much of an answer is read at a time, in bytes.
	outsideChunk = 32 << 10
)

// outside is what an instance needs for its requests to the outside.
type outside struct {
	slots   chan struct{}
	told    rate.Sometimes // refusals that the host's log gets
	untold  atomic.Int64   // and those since that it did not get
	project string
}

func newOutside(w *Worker) *outside {
	o := &outside{slots: make(chan struct{}, maxOutside), told: rate.Sometimes{First: 10, Interval: time.Second}}
	if w.project != nil {
		o.project = w.project.name
	}
	return o
}

// leave takes a request for wherever global fetch() goes.
func (c *caller) leave(in *wire.Incoming) func() {
	if in.Request == nil && c.build.outbound != nil {
		return func() { in.Fail(failureOf(errOperation)) } // only fetch() goes there
	}
	switch out := c.build.outbound.(type) {
	case *Network:
		return func() {
			ask := c.fetch
			if in.Request.WebSocket {
				ask = c.dial
			}
			if err := c.reach(in, out, ask); err != nil {
				in.Fail(c.outsideFailure(in, err))
			}
		}
	case *Stub:
		return c.forward(in, out.fresh())
	}
	return func() { in.Fail(failureOf(errOutbound)) }
}

// reach asks the outside what the runner wants to, when there is a place for it.
func (c *caller) reach(in *wire.Incoming, n *Network, ask func(context.Context, *wire.Incoming, *Network, *egress.Request) error) error {
	ctx, cancel := context.WithCancelCause(in.Context())
	defer cancel(wire.ErrNotWanted)
	select {
	case c.outside.slots <- struct{}{}:
		defer func() { <-c.outside.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	req, err := request(in, &c.build.limits, cancel)
	if err != nil {
		return err
	}
	req.Key = c.inc.node.object.key
	return ask(ctx, in, n, req)
}

// fetch answers with what comes back. Both bodies stream: each side waits for the
// other.
func (c *caller) fetch(ctx context.Context, in *wire.Incoming, n *Network, req *egress.Request) error {
	answer, err := n.out.Do(ctx, req)
	if err != nil {
		return err
	}
	return give(in, answer, &c.build.limits)
}

// give answers with what came back.
func give(in *wire.Incoming, answer *egress.Response, limits *Limits) error {
	defer answer.Close()
	fields, err := flatten(answer, limits)
	if err != nil {
		return err
	}
	head := &facetv1.ResponseHead{Status: uint32(answer.Status), StatusText: answer.Text, Headers: fields, End: answer.Body == nil}
	in.Respond(head)
	if answer.Body == nil {
		return nil
	}
	return carry(in, answer.Body, limits.ResponseBytes)
}

// request makes the request of what the runner says. cancel ends it when its body
// is larger than the limit.
func request(in *wire.Incoming, limits *Limits, cancel context.CancelCauseFunc) (*egress.Request, error) {
	r := in.Request
	h, err := wire.ParseHeaders(r.Headers, limits.HeaderEntries)
	if err != nil {
		return nil, err
	}
	out := &egress.Request{Method: r.Method, URL: r.Url, Header: h, Whole: -1}
	if !r.HasBody {
		return out, nil
	}
	out.Body = &requestBody{in: in, left: limits.RequestBytes, cancel: cancel}
	if r.End {
		out.Whole = int64(len(r.Body))
	}
	return out, nil
}

// requestBody reads the body of a runner's request.
type requestBody struct {
	in     *wire.Incoming
	chunk  []byte
	left   int64
	cancel context.CancelCauseFunc
}

func (b *requestBody) Read(p []byte) (int, error) {
	for len(b.chunk) == 0 {
		var err error
		if b.chunk, err = b.in.Next(); err != nil {
			return 0, err
		}
		if b.left -= int64(len(b.chunk)); b.left < 0 {
			b.cancel(fault.ErrRequestTooLarge)
			return 0, fault.ErrRequestTooLarge
		}
	}
	n := copy(p, b.chunk)
	b.chunk = b.chunk[n:]
	return n, nil
}

// flatten makes the fields of the answer's head, in order.
func flatten(answer *egress.Response, limits *Limits) ([]byte, error) {
	var b []byte
	entries := 0
	for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
		for _, value := range answer.Header[name] {
			b = wire.AppendHeader(b, strings.ToLower(name), value)
			entries++
		}
	}
	if len(answer.Text)+len(b) > limits.HeaderBytes || entries > limits.HeaderEntries {
		return nil, fault.ErrResponseTooLarge
	}
	return b, nil
}

// carry answers with a body.
func carry(in *wire.Incoming, body io.Reader, limit int64) error {
	buffer := make([]byte, outsideChunk)
	for {
		n, err := body.Read(buffer)
		if limit -= int64(n); limit < 0 {
			return fault.ErrResponseTooLarge
		}
		if n > 0 {
			// The frame keeps it: no more than what came, since a server may send
			// a byte at a time to a runner that does not read.
			if err := in.Write(bytes.Clone(buffer[:n])); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			in.CloseWrite()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// outsideFailure is what the instance is told. What the policy refused goes to the
// host's log: who tried to reach what.
func (c *caller) outsideFailure(in *wire.Incoming, err error) *facetv1.Failure {
	var e *egress.Error
	if !errors.As(err, &e) {
		return c.failure(err)
	}
	log, facet := c.inc.node.object.host.cfg.Logger, c.inc.node.path
	if !e.Refused {
		log.Debug("an outbound request failed", "project", c.outside.project, "facet", facet, "host", bounded(e.Host, 300), "reason", bounded(e.Reason, 300))
		return fail(e.Class, e.Told)
	}
	c.outside.untold.Add(1)
	c.outside.told.Do(func() {
		log.Warn("an outbound request was refused", "project", c.outside.project, "facet", facet, "host", bounded(e.Host, 300),
			"reason", bounded(e.Reason, 300), "unlogged", c.outside.untold.Swap(0)-1)
	})
	return fail(e.Class, e.Told)
}

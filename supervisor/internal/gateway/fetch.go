package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/socket"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// Fetch makes a request from the supervisor's own code, whose body it closes in
// the end, and returns the answer as
// net/http's client does: status and fields unchanged (fact F14) but for those
// of a connection. The caller closes the body.
func (o *Options) Fetch(ctx context.Context, r *http.Request, open Open) (*http.Response, error) {
	head, err := o.outgoingHead(r)
	if err != nil {
		return nil, err
	}
	if head.HasBody && r.ContentLength > o.RequestBytes {
		return nil, fault.ErrRequestTooLarge
	}
	call, leave, err := open(ctx, head)
	if err != nil {
		return nil, err
	}
	release := leave
	if head.HasBody {
		startPump(ctx, call, r.Body, o.RequestBytes)
		// As net/http's transport does; it also ends a read that the pump is in.
		release = func() { leave(); _ = r.Body.Close() }
	}
	answer, err := call.Head(ctx)
	if err != nil {
		release()
		return nil, err
	}
	header := answer.Header()
	length, declared := contentLength(header)
	named := connectionOptions(header)
	for name := range header {
		if named[name] || hopByHop[name] && name != "Content-Length" {
			delete(header, name)
		}
	}
	if !declared {
		length = -1
		delete(header, "Content-Length")
	}
	return &http.Response{
		Status:     strconv.Itoa(answer.Status) + " " + http.StatusText(answer.Status),
		StatusCode: answer.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: length, Request: r,
		Body: &fetchBody{ctx: ctx, call: call, release: release},
	}, nil
}

// Dial asks for a WebSocket for the supervisor's own code. The end is the
// facet's, the caller's to use and to abandon; nil where the facet answers with
// something else, which the error says.
func (o *Options) Dial(ctx context.Context, r *http.Request, open Open) (socket.End, http.Header, error) {
	head, err := o.outgoingHead(r)
	if err != nil {
		return nil, nil, err
	}
	if head.Method != http.MethodGet || head.HasBody {
		return nil, nil, errors.New("a WebSocket is asked for with GET and without a body")
	}
	head.WebSocket = true
	head.Headers = wire.AppendHeader(head.Headers, "upgrade", "websocket")
	call, release, err := open(ctx, head)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	defer call.Cancel(context.Canceled)
	answer, err := call.Head(ctx)
	if err != nil {
		return nil, nil, err
	}
	far := call.Socket()
	if far == nil {
		return nil, answer.Header(), fmt.Errorf("the facet answered with status %d and no WebSocket", answer.Status)
	}
	return far, answer.Header(), nil
}

// fetchBody reads a response body out of a call.
type fetchBody struct {
	ctx     context.Context
	call    *wire.Call
	release func()
	once    sync.Once
	rest    []byte
	err     error
}

func (b *fetchBody) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.err != nil {
			return 0, b.err
		}
		if b.rest, b.err = b.call.Next(b.ctx); b.err != nil {
			b.over()
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *fetchBody) over() { b.once.Do(b.release) }

// Close ends the call where it has not ended. It is not to be called while Read
// is under way.
func (b *fetchBody) Close() error {
	b.call.Cancel(context.Canceled)
	b.over()
	if b.err == nil {
		b.err = io.ErrClosedPipe
	}
	return nil
}

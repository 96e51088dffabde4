package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
)

// inlineBody is the largest body that travels in the request's head, in bytes.
const inlineBody = 64 << 10

// Serve forwards a request and its answer. It returns when both are complete.
// Where the answer breaks off half-way it panics with [http.ErrAbortHandler], so
// that the client sees a broken message and not a short one.
func (o *Options) Serve(w http.ResponseWriter, r *http.Request, open Open) {
	began, err := o.serve(w, r, open)
	if err == nil {
		return
	}
	if began {
		o.failed(r, 0, err)
		panic(http.ErrAbortHandler)
	}
	if r.Context().Err() != nil && errors.Is(err, context.Cause(r.Context())) {
		return // the client is gone
	}
	code, retry := Status(err)
	o.failed(r, code, err)
	if r.ContentLength != 0 {
		o.limitRead(w, r)
	}
	fail(w, code, retry)
}

func (o *Options) failed(r *http.Request, status int, err error) {
	if o.Failed != nil {
		o.Failed(r, status, err)
	}
}

// serve reports whether a response was begun.
func (o *Options) serve(w http.ResponseWriter, r *http.Request, open Open) (bool, error) {
	ctx := r.Context()
	head, err := o.incomingHead(r)
	if err != nil {
		return false, err
	}
	stream := false
	if head.HasBody {
		if r.ContentLength > o.RequestBytes {
			return false, fault.ErrRequestTooLarge
		}
		if stream = r.ContentLength < 0 || r.ContentLength > inlineBody; !stream {
			head.Body = make([]byte, r.ContentLength)
			if err := o.readWhole(w, r, head.Body); err != nil {
				return true, err // the client broke off, or takes for ever: no answer is due
			}
			head.End = true
		}
	}
	call, release, err := open(ctx, head)
	if err != nil {
		return false, err
	}
	release = sync.OnceFunc(release)
	defer release()
	defer call.Cancel(context.Canceled)
	if stream {
		control := http.NewResponseController(w)
		// Not every writer can; then the answer waits for the body.
		_ = control.EnableFullDuplex()
		p := startPump(ctx, call, r.Body, o.RequestBytes)
		defer func() {
			call.Cancel(context.Canceled) // the pump may be waiting for its credit
			p.finish(func() error { return control.SetReadDeadline(time.Unix(1, 0)) })
		}()
	}
	answer, err := call.Head(ctx)
	if err != nil {
		return false, err
	}
	if far := call.Socket(); far != nil {
		return o.upgrade(w, r, answer, far, release)
	}
	return true, o.respond(ctx, w, r, call, answer)
}

package gateway

import (
	"context"
	"errors"
	"io"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// pump streams a request body into a call.
type pump struct{ done chan struct{} }

// startPump starts it. A body that is larger than limit, or breaks off, ends the
// call with the reason.
func startPump(ctx context.Context, call *wire.Call, body io.Reader, limit int64) *pump {
	p := &pump{done: make(chan struct{})}
	go func() {
		defer close(p.done)
		buf := make([]byte, 32<<10)
		var total int64
		for {
			n, err := body.Read(buf)
			if total += int64(n); total > limit {
				call.Cancel(fault.ErrRequestTooLarge)
				return
			}
			if n > 0 {
				sent, werr := call.Write(ctx, buf[:n])
				if werr != nil || sent < n {
					return // the call is over, or does not want more
				}
			}
			switch {
			case errors.Is(err, io.EOF):
				call.CloseWrite()
				return
			case err != nil:
				call.Cancel(err)
				return
			}
		}
	}()
	return p
}

// finish waits for the pump, interrupting its read where that is possible.
func (p *pump) finish(interrupt func() error) {
	select {
	case <-p.done:
		return
	default:
	}
	if interrupt() == nil {
		<-p.done
	}
}

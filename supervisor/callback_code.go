package supervisor

import (
	"context"
	"errors"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// code returns the callback of a worker that the instance names.
func (c *caller) code(number uint64) func(context.Context) (WorkerCode, error) {
	return func(ctx context.Context) (code WorkerCode, err error) {
		if number == 0 {
			return code, errNoCode
		}
		ctx, stop := c.patience(ctx)
		defer stop()
		v, parts, release, err := c.askCode(ctx, number)
		if err == nil {
			code, err = workerCode(v, parts, c.inc.node.object.host.cfg.Limits)
		}
		if err == nil {
			code.GlobalOutbound, err = c.outboundOf(v.(map[string]any))
		}
		if err == nil {
			code.Tails, err = tailsOf(v.(map[string]any))
		}
		if err != nil && release != nil {
			release()
			release = nil
		}
		code.release = release
		return code, err
	}
}

// askCode asks for code. Its modules may come ahead of the answer, in parts: then
// release gives back their place in memory.
func (c *caller) askCode(ctx context.Context, number uint64) (v any, parts []byte, release func(), err error) {
	host := c.inc.node.object.host
	answer, parts, err := c.instance.Mux().CallbackParts(ctx, number, wire.Parts{Limit: maxCode, Admit: func(ctx context.Context) (err error) {
		release, err = host.loader.large.Acquire(ctx, c.inc.node.object.key)
		return err
	}})
	if errors.Is(err, fault.ErrArgsTooLarge) {
		err = codeErrorf("Dynamic Worker code size (over %d bytes) exceeds the maximum allowed size of %d bytes.", maxCode, maxCode)
	}
	if err == nil {
		v, err = c.decode(ctx, answer)
	}
	return v, parts, release, err
}

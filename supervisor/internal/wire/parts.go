package wire

import (
	"context"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// Parts are what may come ahead of a callback's answer: bytes that the answer refers
// to and that no single message carries (docs/projects.md).
type Parts struct {
	// Limit bounds them, in bytes.
	Limit int
	// Admit is asked once, before more of them is taken than the window holds.
	Admit func(context.Context) error
}

// CallbackParts is Callback for an answer that parts may come ahead of; they are the
// caller's.
func (m *Mux) CallbackParts(ctx context.Context, number uint64, p Parts) (Result, []byte, error) {
	c := &Call{m: m, rpc: true, callback: true, parts: true, started: time.Now(), ready: make(chan struct{}, 1), stopped: true,
		inflow: inflow{window: Window}}
	if err := m.open(c); err != nil {
		return Result{}, nil, err
	}
	m.enqueueNow(&facetv1.Frame{Call: c.id, Kind: &facetv1.Frame_RpcCall{RpcCall: &facetv1.RpcCall{Args: noArgs, Target: &facetv1.Target{
		To: &facetv1.Target_Callback{Callback: number}}}}}, 64)
	var parts []byte
	admitted := false
	for {
		m.mu.Lock()
		ended, err, pending := c.ended, c.err, len(c.chunks) > 0
		var piece []byte
		grant := 0
		if admitted && pending {
			piece, grant = c.take(ended)
		}
		m.mu.Unlock()
		switch {
		case err != nil:
			return Result{}, nil, err
		case piece != nil:
			m.credit(c.id, grant)
			if parts = append(parts, piece...); len(parts) > p.Limit {
				c.Cancel(fault.ErrArgsTooLarge)
				c.dropLate()
				return Result{}, nil, fault.ErrArgsTooLarge
			}
		case pending:
			if err := p.Admit(ctx); err != nil {
				c.Cancel(err)
				c.dropLate()
				return Result{}, nil, err
			}
			admitted = true
		case ended:
			return c.result, parts, nil
		default:
			if err := c.wait(ctx, c.ready); err != nil {
				c.dropLate()
				return Result{}, nil, err
			}
		}
	}
}

// part handles a piece of them; m.mu is held.
func (c *Call) part(k *facetv1.Chunk) error {
	if k == nil || k.End || !c.parts {
		return violation("a chunk for a method call")
	}
	if err := c.admit(k.Data); err != nil {
		return err
	}
	if len(k.Data) == 0 {
		return c.m.tolerate()
	}
	c.keep(k.Data)
	wake(c.ready)
	return nil
}

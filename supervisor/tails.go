package supervisor

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

const (
	// maxTails is how many entrypoints may be told of one worker's calls.
	maxTails = 10
	// maxUntold is how much waits for them, in bytes; what comes then is dropped.
	// batchBytes is how much they are told at a time, about.
	maxUntold  = 2 << 20
	batchBytes = 256 << 10
	// traceCost is about what one takes beside its bytes, which may be two.
	traceCost = 64
)

// tails are told of the calls of one worker. Nothing that makes a call ever waits
// for them. nil are none.
type tails struct {
	host  *Host
	stubs []*Stub

	mu      sync.Mutex
	waiting [][]byte // JSON objects
	bytes   int
	dropped int
	telling bool
}

func (h *Host) newTails(stubs []*Stub) (*tails, error) {
	if len(stubs) == 0 {
		return nil, nil
	}
	if len(stubs) > maxTails {
		return nil, codeErrorf("a worker may have %d tails; this one has %d", maxTails, len(stubs))
	}
	for _, s := range stubs {
		if s == nil || s.err != nil {
			return nil, fieldError("tails", "Array<Fetcher>")
		}
	}
	return &tails{host: h, stubs: stubs}, nil
}

// tailsOf reads the tails of a worker that an instance loads.
func tailsOf(code map[string]any) ([]*Stub, error) {
	v, ok := given(code, "tails")
	if !ok {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok || len(list) > maxTails {
		return nil, fieldError("tails", "Array<Fetcher>")
	}
	var stubs []*Stub
	for _, v := range list {
		stub, ok := v.(*Stub)
		if !ok {
			return nil, fieldError("tails", "Array<Fetcher>")
		}
		stubs = append(stubs, stub)
	}
	return stubs, nil
}

// taker returns what takes the traces of an instance.
func (t *tails) taker() func([]byte) {
	if t == nil {
		return nil
	}
	return t.take
}

// take queues what was said of a call; nil counts one that is not told.
func (t *tails) take(trace []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if trace == nil || t.bytes+len(trace)+traceCost > maxUntold {
		t.dropped++
		return
	}
	t.waiting = append(t.waiting, trace)
	t.bytes += len(trace) + traceCost
	if t.telling || t.host.begin() != nil {
		return
	}
	t.telling = true
	go func() {
		defer t.host.work.Done()
		t.tell()
	}()
}

// outcomes are the peer's words for ends that an instance cannot tell of itself.
var outcomes = map[fault.Verdict]string{
	fault.OOM: "exceededMemory", fault.CPULimit: "exceededCpu", fault.WallLimit: "canceled", fault.Crashed: "unknown",
	fault.PolicyViolation: "unknown", fault.ProtocolViolation: "unknown",
}

// ended tells of an instance that ended with calls under way.
func (t *tails) ended(v *fault.VerdictError) {
	if t == nil || outcomes[v.Verdict] == "" {
		return
	}
	item, err := json.Marshal(map[string]any{
		"outcome": outcomes[v.Verdict], "event": nil, "logs": []any{}, "scriptName": nil, "truncated": false,
		"exceptions": []any{map[string]any{"name": "Error", "message": failureOf(v).Message}},
	})
	if err == nil {
		t.take(item)
	}
}

// tell tells what waits until nothing does.
func (t *tails) tell() {
	for {
		t.mu.Lock()
		n, size := 0, 0
		for n < len(t.waiting) && (n == 0 || size+len(t.waiting[n])+traceCost <= batchBytes) {
			size += len(t.waiting[n]) + traceCost
			n++
		}
		batch := t.waiting[:n:n]
		t.waiting, t.bytes = t.waiting[n:], t.bytes-size
		dropped := t.dropped
		t.dropped = 0
		if n == 0 || t.host.ctx.Err() != nil {
			t.waiting, t.bytes, t.telling = nil, 0, false
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		if dropped > 0 {
			t.host.cfg.Logger.Warn("tails are behind: calls are not told of", "dropped", dropped)
		}
		args := []byte("J[[") // docs/values.md: plain JSON
		for i, item := range batch {
			if i > 0 {
				args = append(args, ',')
			}
			args = append(args, item...)
		}
		args = append(args, "]]"...)
		for _, s := range t.stubs {
			t.call(s, args)
		}
	}
}

func (t *tails) call(s *Stub, args []byte) {
	h := t.host
	ctx, cancel := context.WithTimeout(h.ctx, h.cfg.Limits.Wall)
	defer cancel()
	own := s.fresh()
	own.by, own.came = t, time.Now()
	result, err := own.call(ctx, wire.Method{Name: "tail", Args: args})
	refs.Drop(result.Caps...)
	if err != nil && h.ctx.Err() == nil {
		h.cfg.Logger.Warn("a tail failed", "facet", own.inc.node.path, "error", err)
	}
}

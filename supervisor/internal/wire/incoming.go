package wire

import (
	"context"
	"errors"
	"io"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

const (
	// MaxIncoming is how many calls a runner may have open that nobody grants more
	// (docs/projects.md).
	MaxIncoming = 256
	// handlersOf bounds the handlers at work, those of cancelled calls included, for
	// each call that may be open.
	handlersOf = 4
	// maxIncomingBytes bounds the arguments of all open calls together, and what
	// is queued for a runner that does not read.
	maxIncomingBytes = 64 << 20
	// maxQueued bounds what is queued for a runner that does not read but goes on
	// opening calls, in bytes as [Mux.queued] counts them. The windows and
	// maxIncomingBytes keep it below that for one that reads.
	maxQueued = 2 * maxIncomingBytes
)

// ErrNotWanted ends the context of a call that the runner has cancelled, or that
// has been answered.
var ErrNotWanted = errors.New("the caller does not want the answer any more")

// errNotRead ends a body of whose pieces too many wait for the runner.
var errNotRead = errors.New("the caller does not read the answers to its calls")

// Incoming is a call that the runner opened: a fetch where Request is set, a
// method call otherwise. Its fields have been checked and do not change. It is
// used by its handler: one goroutine that reads (Next) and one that answers.
type Incoming struct {
	// Target is never nil, and of one of the kinds that a runner may name.
	Target  *facetv1.Target
	Request *facetv1.RequestHead
	Method  string
	// Args are an encoded value that nobody has looked at, until [Incoming.Call] has
	// taken them. Path and Property are as in [Method].
	Args     []byte
	Path     []string
	Property bool
	// Props are what the props of the target refer to.
	Props []refs.Cap

	caps   []refs.Cap // what the arguments refer to, unless they were taken
	list   []*facetv1.Ref
	inner  []*facetv1.Ref
	m      *Mux
	id     uint64
	size   int // what counts towards maxIncomingBytes
	ctx    context.Context
	cancel context.CancelCauseFunc
	// ready and room wake who reads and who answers; each holds one token.
	ready chan struct{}
	room  chan struct{}

	// The rest is guarded by m.mu.
	inflow         // the request body
	complete  bool // all of it has come
	sent      int64
	credited  int64
	responded bool // the head was sent
	over      bool // the answer is complete, or not wanted
}

// Context ends when the runner cancels the call or the connection ends, and at
// the caller's limit on time; its cause says which.
func (in *Incoming) Context() context.Context { return in.ctx }

// Next waits for the next piece of the request body, which the caller owns; the
// one in the head comes first. It returns io.EOF at the end.
func (in *Incoming) Next() ([]byte, error) {
	m := in.m
	for {
		m.mu.Lock()
		if len(in.chunks) > 0 {
			b, grant := in.take(in.complete)
			m.taken(&in.inflow, len(b))
			m.mu.Unlock()
			m.credit(in.id, grant)
			return b, nil
		}
		complete := in.complete
		m.mu.Unlock()
		if err := context.Cause(in.ctx); err != nil {
			return nil, err
		}
		if complete {
			return nil, io.EOF
		}
		select {
		case <-in.ready:
		case <-in.ctx.Done():
			return nil, context.Cause(in.ctx)
		}
	}
}

// Fits reports whether an answer's body may go in its head: it is within the call's
// share of what may be on its way.
func (in *Incoming) Fits(size int) bool {
	in.m.mu.Lock()
	defer in.m.mu.Unlock()
	return size <= in.m.share()
}

// Respond sends the head of the answer to a fetch. Its inline body may not be
// longer than [Window]; see Fits. End ends the call. It takes over what it is given.
func (in *Incoming) Respond(head *facetv1.ResponseHead) {
	in.m.mu.Lock()
	if in.over || in.responded {
		in.m.mu.Unlock()
		return
	}
	in.responded = true
	size := len(head.StatusText) + len(head.Headers) + len(head.Body) + 64
	if in.forward(head) {
		told := forwarded(in.id, head)
		in.m.mu.Unlock()
		in.m.enqueueLater(told, size-len(head.Body))
		return
	}
	in.sent += int64(len(head.Body))
	if head.End {
		in.end()
	}
	in.m.mu.Unlock()
	in.m.enqueueNow(&facetv1.Frame{Call: in.id, Kind: &facetv1.Frame_Response{Response: head}}, size)
}

// Write sends a piece of the answer's body, waiting for credit as needed. It
// keeps p, in pieces.
func (in *Incoming) Write(p []byte) error {
	m := in.m
	for len(p) > 0 {
		if err := context.Cause(in.ctx); err != nil {
			return err
		}
		if m.queued() > maxQueued {
			return errNotRead
		}
		m.mu.Lock()
		if in.over {
			m.mu.Unlock()
			return ErrNotWanted
		}
		size := max(0, min(m.share()-int(in.sent-in.credited), len(p), maxChunk))
		in.sent += int64(size)
		m.mu.Unlock()
		if size == 0 {
			select {
			case <-in.room:
			case <-in.ctx.Done():
			}
			continue
		}
		m.enqueue(&facetv1.Frame{Call: in.id, Kind: &facetv1.Frame_Chunk{
			Chunk: &facetv1.Chunk{Data: p[:size:size]}}}, size+32)
		p = p[size:]
	}
	return nil
}

// CloseWrite says that the answer's body is complete, which ends the call.
func (in *Incoming) CloseWrite() {
	if in.finish() {
		in.m.enqueue(&facetv1.Frame{Call: in.id, Kind: &facetv1.Frame_Chunk{Chunk: &facetv1.Chunk{End: true}}}, 16)
	}
}

// Result answers a method call, which ends it. It takes over what the value refers
// to.
func (in *Incoming) Result(r Result) {
	size := len(r.Value) + refBytes*len(r.Caps)
	if size > maxValue || in.m.queued()+size > maxIncomingBytes {
		refs.Drop(r.Caps...)
		in.Fail(tooMuch("The answers to the calls under way are larger than the limit allows."))
		return
	}
	sent, err := in.m.give(r.Caps)
	if err != nil {
		in.Fail(in.m.refusal(err))
		return
	}
	defer sent.Done()
	if !in.finish() {
		in.m.unsent(sent.Refs)
		return
	}
	in.m.enqueueNow(&facetv1.Frame{Call: in.id, Kind: &facetv1.Frame_RpcResult{
		RpcResult: &facetv1.RpcResult{Value: r.Value, Refs: sent.Refs}}}, size+32)
}

// Fail ends the call with a failure. It does nothing where the call has ended.
func (in *Incoming) Fail(f *facetv1.Failure) {
	if in.finish() {
		in.m.enqueueNow(&facetv1.Frame{Call: in.id, Kind: &facetv1.Frame_Failure{Failure: f}}, len(f.Name)+len(f.Message)+32)
	}
}

// finish ends the call; false where it had ended.
func (in *Incoming) finish() bool {
	in.m.mu.Lock()
	defer in.m.mu.Unlock()
	if in.over {
		return false
	}
	in.end()
	return true
}

// end forgets the call; m.mu is held.
func (in *Incoming) end() {
	in.over = true
	in.m.taken(&in.inflow, in.counted)
	in.chunks = nil
	delete(in.m.incoming, in.id)
}

func tooMuch(text string) *facetv1.Failure {
	return &facetv1.Failure{Kind: facetv1.Failure_KIND_INTERNAL, Name: "Error", Message: text}
}

package wire

import (
	"context"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// refBytes is about what a reference takes in a message, in bytes.
const refBytes = 24

// Method is a method call to a runner.
type Method struct {
	// Export is what is called; 0 means the instance itself.
	Export uint64
	// Path are the properties to walk before Name is looked up; Property asks for the
	// last one instead of calling it.
	Path     []string
	Name     string
	Property bool
	// Args are an encoded array; Caps what it refers to.
	Args []byte
	Caps []refs.Cap
	// Opened, where it is not nil, is called once the call stands in the queue to the
	// runner: what is opened afterwards arrives later.
	Opened func()
}

// Call is the call to pass on, with what its arguments refer to. It takes them: who
// waits for the answer does not keep in memory what was sent long ago.
func (in *Incoming) Call() Method {
	args := in.Args
	in.Args = nil
	return Method{Path: in.Path, Name: in.Method, Property: in.Property, Args: args, Caps: in.TakeCaps()}
}

// Result is a method's: an encoded value and what it refers to. Whoever gets it has
// to send or drop that.
type Result struct {
	Value []byte
	Caps  []refs.Cap
}

// Call calls a method and returns the result. It takes over what the arguments refer
// to.
func (m *Mux) Call(ctx context.Context, c Method) (Result, error) {
	r := &facetv1.RpcCall{Method: c.Name, Args: c.Args, Path: c.Path, Property: c.Property}
	if c.Export != 0 {
		r.Target = &facetv1.Target{To: &facetv1.Target_Export{Export: c.Export}}
	}
	return m.call(ctx, r, c.Caps, c.Opened)
}

// Callback calls a function that the runner named in a target, without
// arguments.
func (m *Mux) Callback(ctx context.Context, number uint64) (Result, error) {
	return m.call(ctx, &facetv1.RpcCall{Args: noArgs, Target: &facetv1.Target{
		To: &facetv1.Target_Callback{Callback: number}}}, nil, nil)
}

// noArgs is the encoded empty array (docs/values.md).
var noArgs = []byte("J[]")

func (m *Mux) call(ctx context.Context, r *facetv1.RpcCall, caps []refs.Cap, opened func()) (Result, error) {
	size := len(r.Args) + len(r.Method) + refBytes*len(caps)
	for _, p := range r.Path {
		size += len(p) + 4
	}
	if size > maxValue {
		refs.Drop(caps...)
		return Result{}, fault.ErrArgsTooLarge
	}
	sent, err := m.give(caps)
	if err != nil {
		return Result{}, err
	}
	r.Refs = sent.Refs
	c := &Call{m: m, rpc: true, callback: r.Target.GetCallback() != 0, started: time.Now(), ready: make(chan struct{}, 1), stopped: true}
	if err := m.open(c); err != nil {
		m.unsent(sent.Refs)
		sent.Done()
		return Result{}, err
	}
	m.enqueueNow(&facetv1.Frame{Call: c.id, Kind: &facetv1.Frame_RpcCall{RpcCall: r}}, size+64)
	sent.Done()
	if opened != nil {
		opened()
	}
	return c.answer(ctx)
}

// answer waits for the result of a method call.
func (c *Call) answer(ctx context.Context) (Result, error) {
	m := c.m
	for {
		m.mu.Lock()
		ended, result, err := c.ended, c.result, c.err
		m.mu.Unlock()
		if err != nil || ended {
			return result, err
		}
		if err := c.wait(ctx, c.ready); err != nil {
			c.dropLate()
			return Result{}, err
		}
	}
}

// dropLate drops what a result refers to that came when nobody waited any more.
func (c *Call) dropLate() {
	c.m.mu.Lock()
	late := c.result
	c.m.mu.Unlock()
	refs.Drop(late.Caps...)
}

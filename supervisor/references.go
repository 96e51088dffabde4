package supervisor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/value"
	"github.com/facetd/facetd/supervisor/internal/refs"
	"github.com/facetd/facetd/supervisor/internal/wire"
)

// The texts of facts F85, F86 and L33.
var (
	errFacetRef   = thrown("DataCloneError", "Stubs pointing to Durable Object facets are not serializable.")
	errDynamicRef = thrown("DataCloneError", "Entrypoints to dynamically-loaded workers cannot be transferred to other Workers, "+
		"because the system does not know how to reload this Worker from scratch. Instead, have the parent Worker expose an "+
		"entrypoint which constructs the dynamic worker and forwards to it.")
	errNotDurable = thrown("DataCloneError", "Functions, RpcTargets and streams cannot be part of env or props.")
	errNoFetch    = thrown("TypeError", `The RPC receiver does not implement the method "fetch".`)
	errNoCall     = thrown("TypeError", "A class cannot be called: give it to ctx.facets.get().")
)

// keptBytes is what a stub or class takes in memory beside its props, about.
const keptBytes = 512

// kept returns what props keep in memory, in bytes.
func kept(props []byte, caps []refs.Cap) int {
	n := keptBytes + len(props)
	for _, c := range caps {
		n += c.Bytes
	}
	return n
}

// marshalRefs encodes a value that may hold stubs and classes.
func marshalRefs(v any) ([]byte, []refs.Cap, error) {
	var caps []refs.Cap
	data, err := value.MarshalRefs(v, func(v any) (value.Ref, bool, error) {
		var c refs.Cap
		switch v := v.(type) {
		case *Stub:
			if v == nil {
				return value.Ref{}, false, nil
			}
			if v.err != nil {
				return value.Ref{}, false, v.err
			}
			c = refs.Cap{Kind: facetv1.Ref_KIND_STUB, Durable: v, Bytes: v.bytes + keptBytes}
		case Class:
			if v.err == nil && v.worker == nil {
				v.err = ErrNoClass
			}
			if v.err != nil {
				return value.Ref{}, false, v.err
			}
			c = refs.Cap{Kind: facetv1.Ref_KIND_CLASS, Durable: v, Bytes: kept(v.props, v.caps)}
		default:
			return value.Ref{}, false, nil
		}
		if len(caps) >= refs.MaxRefs {
			return value.Ref{}, false, fmt.Errorf("%w: it holds more than %d stubs and classes", value.ErrValue, refs.MaxRefs)
		}
		caps = append(caps, c)
		return value.Ref{Place: uint64(len(caps) - 1)}, true, nil
	})
	return data, caps, err
}

// durable returns the *Stub or Class that a reference in env, props or start options
// stands for.
func durable(caps []refs.Cap, r value.Ref) (any, error) {
	if r.Place >= uint64(len(caps)) {
		return nil, fmt.Errorf("%w: a reference that the message does not have", value.ErrValue)
	}
	if d := caps[r.Place].Durable; d != nil {
		return d, nil
	}
	return nil, errNotDurable
}

// digest tells props from others; what they refer to is told apart by what it is.
func digest(props []byte, caps []refs.Cap) string {
	h := sha256.New()
	h.Write(props)
	for _, c := range caps {
		part(h, []byte(identity(c)))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// identity is the same for two stubs or classes that lead to the same.
func identity(c refs.Cap) string {
	switch d := c.Durable.(type) {
	case *Stub:
		if d.again == nil { // a facet's: it dies with what it leads to now
			return fmt.Sprintf("facet/%p", d.inc)
		}
		key := d.inc.node.object.key
		return "stub/" + strconv.Quote(key.namespace) + key.id
	case Class:
		if d.identity != "" {
			return d.identity
		}
		return "class/" + strconv.FormatUint(d.worker.serial, 10) + "/" + digest(d.props, d.caps) + "/" + d.name
	}
	return ""
}

// fresh returns a stub for a call of an instance.
func (s *Stub) fresh() *Stub {
	if s.again != nil {
		return s.again()
	}
	own := *s
	return &own
}

// resolve makes the stub or class that the instance sends; see refs.Resolve.
func (c *caller) resolve(r *facetv1.Ref, props []refs.Cap) (refs.Cap, error) {
	var s *Stub
	// Props of props add up: a class that stands twice in the next one's, and so on,
	// would soon be more than a number can tell, or anybody can walk.
	bytes := kept(r.GetTarget().GetEntrypoint().GetProps(), props)
	if bytes > refs.MaxBytes {
		return refs.Cap{}, refs.ErrHandles
	}
	switch to := r.GetTarget().GetTo().(type) {
	case *facetv1.Target_Facet:
		return refs.Cap{}, errFacetRef
	case *facetv1.Target_Object:
		if r.Kind == facetv1.Ref_KIND_CLASS {
			return refs.Cap{}, fmt.Errorf("%w: an object as a class", refs.ErrUnknown)
		}
		s = c.object(to.Object)
	case *facetv1.Target_Entrypoint:
		e := to.Entrypoint
		if e.Loader != "" || c.worker.project == nil {
			return refs.Cap{}, errDynamicRef
		}
		if r.Kind == facetv1.Ref_KIND_CLASS {
			if len(e.Props) > maxProps {
				return refs.Cap{}, codeErrorf("the props of class %.40q have %d bytes, more than %d", e.Name, len(e.Props), maxProps)
			}
			class := c.worker.Class(e.Name)
			class.props, class.caps = e.Props, props
			class.identity = identity(refs.Cap{Durable: class})
			return refs.Cap{Kind: r.Kind, Durable: class, Bytes: bytes}, nil
		}
		s = c.worker.entrypoint(e.Name, e.Props, props)
	}
	if s.err != nil {
		return refs.Cap{}, s.err
	}
	return refs.Cap{Kind: r.Kind, Durable: s, Bytes: s.bytes + keptBytes}, nil
}

// handle takes a call of what the instance holds. A handle that it does not hold is a
// violation.
func (c *caller) handle(in *wire.Incoming, number uint64) (func(), error) {
	held, ok := c.table.Lookup(number)
	if !ok {
		return nil, wire.Violation("a call of handle %d, which the runner does not hold", number)
	}
	if held.Export != nil {
		place, came := c.turns.take(held.Export.Owner()), time.Now()
		return func() {
			defer refs.Drop(held)
			defer place.end()
			place.wait(in.Context())
			c.callExport(in, held.Export, came, place.end)
		}, nil
	}
	s, ok := held.Durable.(*Stub)
	if !ok {
		return func() { in.Fail(c.failure(errNoCall)) }, nil
	}
	return c.forward(in, s.fresh()), nil
}

// callExport calls what another instance keeps, or this one, for a call that came at a
// time; opened is called once the call has left.
func (c *caller) callExport(in *wire.Incoming, e *refs.Export, came time.Time, opened func()) {
	if in.Request != nil {
		in.Fail(c.failure(errNoFetch))
		return
	}
	owner := e.Owner().(*caller)
	leave, err := owner.inc.enterLive(in.Context(), owner.instance, c.inc, came)
	if err != nil {
		in.Fail(c.failure(err))
		return
	}
	defer leave()
	call := in.Call()
	call.Export = e.Number()
	call.Opened = opened
	result, err := owner.instance.Mux().Call(in.Context(), call)
	if err != nil {
		in.Fail(c.failure(err))
		return
	}
	in.Result(result)
}

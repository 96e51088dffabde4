package wire

import (
	"errors"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// Bounds of the properties that a call walks (facet.proto, message RpcCall).
const maxPath = 64

// errNoRefs is an error of this program: it passes references to a runner that has
// no table.
var errNoRefs = errors.New("the runner takes no references")

// Violation makes the error for what the runner may not say.
func Violation(format string, args ...any) error { return violation(format, args...) }

// checkRefs checks the shape of references of a runner.
func checkRefs(list, inner []*facetv1.Ref) error {
	if len(list) > refs.MaxRefs || len(inner) > refs.MaxRefs {
		return violation("%d references in a message", max(len(list), len(inner)))
	}
	for _, r := range list {
		if err := checkRef(r, inner, -1); err != nil {
			return err
		}
	}
	for i, r := range inner {
		if err := checkRef(r, inner, i); err != nil {
			return err
		}
	}
	return nil
}

// checkRef checks a reference; place is that in the list inner, or -1.
func checkRef(r *facetv1.Ref, inner []*facetv1.Ref, place int) error {
	if r == nil || r.Kind < facetv1.Ref_KIND_FUNCTION || r.Kind > facetv1.Ref_KIND_WRITABLE {
		return violation("a reference of no known kind")
	}
	durable := r.Kind == facetv1.Ref_KIND_STUB || r.Kind == facetv1.Ref_KIND_CLASS
	var ok bool
	switch to := r.To.(type) {
	case *facetv1.Ref_Export:
		ok = !durable && to.Export > 0 && to.Export < 1<<53
	case *facetv1.Ref_Handle:
		ok = to.Handle > 0
	case *facetv1.Ref_Target:
		ok = durable
		switch to.Target.GetTo().(type) {
		case *facetv1.Target_Facet, *facetv1.Target_Object, *facetv1.Target_Entrypoint:
		default:
			return violation("a reference to nobody that a runner can name")
		}
		if err := checkTarget(to.Target, inner, place); err != nil {
			return err
		}
	}
	if !ok {
		return violation("a reference of the wrong shape: %T, %v", r.To, r.Kind)
	}
	return nil
}

// take takes what a message of the runner refers to. A failure is the
// application's, an error the runner's.
func (m *Mux) take(list, inner []*facetv1.Ref) (caps, props []refs.Cap, denied, err error) {
	if len(list)+len(inner) == 0 {
		return nil, nil, nil, nil
	}
	if m.cfg.Refs == nil {
		return nil, nil, nil, violation("references of an instance that was granted nothing")
	}
	caps, props, denied = m.cfg.Refs.Receive(list, inner)
	if errors.Is(denied, refs.ErrUnknown) {
		return nil, nil, nil, violation("%v", denied)
	}
	return caps, props, denied, nil
}

// receive takes what the call refers to.
func (in *Incoming) receive() (*facetv1.Failure, error) {
	var denied, err error
	in.caps, in.Props, denied, err = in.m.take(in.list, in.inner)
	in.list, in.inner = nil, nil
	if err != nil || denied == nil {
		return nil, err
	}
	return in.m.refusal(denied), nil
}

// TakeCaps returns what the arguments refer to; the caller sends or drops it.
func (in *Incoming) TakeCaps() []refs.Cap {
	caps := in.caps
	in.caps = nil
	return caps
}

// drop drops what nobody took.
func (in *Incoming) drop() {
	refs.Drop(in.TakeCaps()...)
	refs.Drop(in.Props...)
	in.Props = nil
}

// give makes references for a message to the runner.
func (m *Mux) give(caps []refs.Cap) (refs.Sent, error) {
	if len(caps) == 0 {
		return refs.Sent{}, nil
	}
	if m.cfg.Refs == nil {
		refs.Drop(caps...)
		return refs.Sent{}, errNoRefs
	}
	return m.cfg.Refs.Send(caps)
}

// unsent takes back references of a message that the runner will not see.
func (m *Mux) unsent(list []*facetv1.Ref) {
	if len(list) > 0 {
		m.cfg.Refs.Unsent(list)
	}
}

// refusal is the answer to a call whose references are refused.
func (m *Mux) refusal(err error) *facetv1.Failure {
	if m.cfg.Refusal != nil {
		return m.cfg.Refusal(err)
	}
	return refused(err)
}

func refused(err error) *facetv1.Failure {
	return &facetv1.Failure{Kind: facetv1.Failure_KIND_EXCEPTION, Name: "RangeError", Message: err.Error()}
}

// released handles what the runner says that it does not hold any more.
func (m *Mux) released(r *facetv1.Release) error {
	if r == nil || r.Count != 1 || m.cfg.Refs == nil {
		return violation("a release of the wrong shape")
	}
	if !m.cfg.Refs.Release(r.Number) {
		return violation("a release of handle %d, which the runner does not hold", r.Number)
	}
	return nil
}

// maxForgotten is at how many queued bytes a runner is given up that exports without
// reading what becomes of it: another one may drop as fast as it exports. It is far
// above maxQueued, since calls alone can bring a slow runner there.
const maxForgotten = maxQueued + maxIncomingBytes

// forget tells the runner that nobody holds an export of it.
func (m *Mux) forget(number uint64, count uint32) {
	if m.queued() > maxForgotten {
		if !m.deaf.Swap(true) { // whoever drops may hold what the end takes
			go m.cfg.Lost(violation("exports without end whose releases are not read"))
		}
		return
	}
	m.enqueue(&facetv1.Frame{Kind: &facetv1.Frame_Release{Release: &facetv1.Release{Number: number, Count: count}}}, 16)
}

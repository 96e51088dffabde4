package refs

import (
	"fmt"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// Receive takes what a message of the instance refers to, in its values and in the
// props of targets. The lists have the right shape. An error wraps ErrUnknown where
// the instance lies; any other one is for the application. Exports have travelled
// in either case.
func (t *Table) Receive(list, inner []*facetv1.Ref) (caps, props []Cap, err error) {
	if len(list)+len(inner) == 0 {
		return nil, nil, nil
	}
	caps, props = make([]Cap, len(list)), make([]Cap, len(inner))
	err = t.own(list, caps)
	if err == nil {
		err = t.own(inner, props)
	}
	// Props of a target refer to later places.
	for i := len(inner) - 1; err == nil && i >= 0; i-- {
		props[i], err = t.durable(inner[i], props[i], props)
	}
	for i := range list {
		if err == nil && list[i].GetTarget() != nil {
			caps[i], err = t.durable(list[i], caps[i], props)
		}
	}
	if err != nil {
		Drop(caps...)
		Drop(props...)
		return nil, nil, err
	}
	return caps, props, nil
}

// own finds the handles and exports among references.
func (t *Table) own(list []*facetv1.Ref, caps []Cap) error {
	var refused error
	for i, r := range list {
		switch to := r.To.(type) {
		case *facetv1.Ref_Handle:
			c, ok := t.Lookup(to.Handle)
			if !ok {
				return fmt.Errorf("%w: handle %d", ErrUnknown, to.Handle)
			}
			caps[i] = c
		case *facetv1.Ref_Export:
			e, err := t.export(to.Export, r.Kind)
			if e == nil {
				refused = err
				continue // the rest travelled, too
			}
			caps[i] = Cap{Kind: e.kind, Export: e}
			if err != nil {
				return err
			}
		}
	}
	return refused
}

// export counts an export that travels. Without one, the table is full or over, and
// the instance is told that it is not held.
func (t *Table) export(number uint64, kind facetv1.Ref_Kind) (*Export, error) {
	t.mu.Lock()
	e := t.exports[number]
	switch {
	case t.ended != nil:
		defer t.mu.Unlock()
		return nil, t.ended
	case e == nil && len(t.exports) >= MaxExports:
		release := t.release
		t.mu.Unlock()
		if release != nil {
			release(number, 1)
		}
		return nil, ErrExports
	case e == nil:
		e = &Export{table: t, number: number, kind: kind}
		t.exports[number] = e
	}
	defer t.mu.Unlock()
	e.held++
	e.travelled++
	if e.kind != kind {
		return e, fmt.Errorf("%w: export %d of another kind", ErrUnknown, number)
	}
	return e, nil
}

// durable makes what a target stands for, and lets nothing else into props.
func (t *Table) durable(r *facetv1.Ref, c Cap, props []Cap) (Cap, error) {
	to := r.GetTarget()
	if to == nil {
		if c.Durable == nil {
			return c, fmt.Errorf("%w: props with what is neither stub nor class", ErrUnknown)
		}
		return c, nil
	}
	return t.resolve(r, Pick(props, to.GetEntrypoint().GetRefs()))
}

// Pick returns the caps at places that have been checked.
func Pick(caps []Cap, places []uint32) []Cap {
	if len(places) == 0 {
		return nil
	}
	out := make([]Cap, len(places))
	for i, p := range places {
		out[i] = caps[p]
	}
	return out
}

// Sent are the references of a message on its way to the instance.
type Sent struct {
	Refs []*facetv1.Ref
	home []Cap
}

// Send makes references of caps for a message to the instance, which holds them from
// now on. Exports of its own come home: they stay held until Done, which the caller
// calls when the message is queued. Send takes the caps over, also where it fails.
func (t *Table) Send(caps []Cap) (Sent, error) {
	var s Sent
	if len(caps) == 0 {
		return s, nil
	}
	foreign, bytes := 0, 0
	for _, c := range caps {
		if c.Export != nil && c.Export.table != t {
			foreign++
		}
		bytes += c.Bytes
	}
	t.mu.Lock()
	err := t.ended
	if err == nil && (t.foreign+foreign > MaxHandles || t.bytes+bytes > MaxBytes) {
		err = ErrHandles
	}
	if err != nil {
		t.mu.Unlock()
		Drop(caps...)
		return s, err
	}
	t.bytes += bytes
	t.foreign += foreign
	s.Refs = make([]*facetv1.Ref, len(caps))
	for i, c := range caps {
		r := &facetv1.Ref{Kind: c.Kind}
		if c.Export != nil && c.Export.table == t {
			r.To = &facetv1.Ref_Yours{Yours: c.Export.number}
			s.home = append(s.home, c)
		} else {
			t.last++
			t.handles[t.last] = c
			r.To = &facetv1.Ref_Handle{Handle: t.last}
		}
		s.Refs[i] = r
	}
	t.mu.Unlock()
	return s, nil
}

// Done says that the message is queued, or will never be.
func (s *Sent) Done() {
	Drop(s.home...)
	s.home = nil
}

// Unsent takes back the references of a message that the instance will never see.
func (t *Table) Unsent(refs []*facetv1.Ref) {
	for _, r := range refs {
		if n := r.GetHandle(); n != 0 {
			t.Release(n)
		}
	}
}

package supervisor

import (
	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/value"
	"github.com/facetd/facetd/supervisor/internal/refs"
)

// errOutboundField is the text of the peer for what is no stub.
var errOutboundField = fieldError("globalOutbound", "Fetcher")

// outboundOf reads where the fetch() of a worker goes that the instance loads
// (facts L34, L35; docs/projects.md): absent, it is inherited.
func (c *caller) outboundOf(code map[string]any) (Outbound, error) {
	v, ok := code["globalOutbound"]
	if _, undefined := v.(value.Undefined); !ok || undefined {
		return c.build.outbound, nil
	}
	if v == nil {
		return nil, nil
	}
	if stub, ok := v.(*Stub); ok { // one that the instance was given
		return stub, nil
	}
	return c.serviceOf(v)
}

// serviceOf reads a stub that the instance names.
func (c *caller) serviceOf(v any) (Outbound, error) {
	o, ok := v.(map[string]any)
	if !ok || len(o) != 1 {
		return nil, errOutboundField
	}
	if e, ok := o["entrypoint"].(map[string]any); ok {
		return c.ownService(e)
	}
	if e, ok := o["object"].(map[string]any); ok {
		return c.objectService(e)
	}
	return nil, errOutboundField
}

// ownService is an entrypoint of the worker that loads.
func (c *caller) ownService(o map[string]any) (Outbound, error) {
	name, ok := o["name"].(string)
	if !ok || len(name) > 4096 {
		return nil, errOutboundField
	}
	var props []byte
	var caps []refs.Cap
	if v, ok := o["props"]; ok {
		var err error
		if props, caps, err = marshalRefs(v); err != nil {
			return nil, err
		}
	}
	return usable(c.worker.entrypoint(name, props, caps))
}

// objectService is an object of a namespace that was granted.
func (c *caller) objectService(o map[string]any) (Outbound, error) {
	namespace, ok := o["namespace"].(string)
	id, ok2 := o["id"].(string)
	name, ok3 := optional(o, "name")
	_, hasName := o["name"].(string)
	if !ok || !ok2 || !ok3 || !isHexID(id) {
		return nil, errOutboundField
	}
	return usable(c.object(&facetv1.ObjectTarget{Namespace: namespace, Id: id, Name: name, HasName: hasName}))
}

func usable(s *Stub) (Outbound, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s, nil
}

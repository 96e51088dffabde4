package supervisor

import "github.com/facetd/facetd/plugin-proto/value"

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
	stub, ok := v.(*Stub)
	if !ok {
		return nil, errOutboundField
	}
	return stub, nil
}

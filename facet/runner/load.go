package runner

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// Bits of a Load message's number.
const (
	loadInspect    = 1 // asks for the exports instead of an instance
	loadEntrypoint = 2 // an entrypoint, without storage
)

// aboutInstance is what a Load message says beside code, class and values.
type aboutInstance struct {
	ID                 string    `json:"id"`
	Name               string    `json:"name"`
	HasName            bool      `json:"hasName"`
	Plain              bool      `json:"plain"`
	CompatibilityDate  string    `json:"compatibilityDate"`
	CompatibilityFlags []string  `json:"compatibilityFlags"`
	Role               string    `json:"role,omitempty"`
	Grants             *grants   `json:"grants,omitempty"`
	EnvRefs            []jsonRef `json:"envRefs,omitempty"`
	PropsRefs          []jsonRef `json:"propsRefs,omitempty"`
	// What an earlier instance of the facet had of WebSockets.
	Sockets      []hibernatedSocket `json:"sockets,omitempty"`
	AutoResponse []string           `json:"autoResponse,omitempty"`
	SubRequests  *uint32            `json:"subRequests,omitempty"`
	OpenCalls    uint32             `json:"openCalls,omitempty"`
}

// What aboutInstance.Role says.
const (
	roleObject     = "object"
	roleEntrypoint = "entrypoint"
)

// grants are what JavaScript shows of the supervisor; docs/projects.md.
type grants struct {
	Facets     bool        `json:"facets"`
	Namespaces []namespace `json:"namespaces"`
	Loaders    []string    `json:"loaders"`
	Exports    []namespace `json:"exports"`
	Outbound   bool        `json:"outbound"`
	Depth      uint32      `json:"depth"`
	Alarms     bool        `json:"alarms"`
	Tails      bool        `json:"tails"`
}

type namespace struct {
	Name string `json:"name"`
	Key  []byte `json:"key"` // base64
}

// grantsOf never leaves a list out: the runtime need not tell none from empty.
func grantsOf(g *facetv1.Grants) *grants {
	out := &grants{Facets: g.GetFacets(), Namespaces: namespacesOf(g.GetNamespaces()), Loaders: []string{},
		Exports: namespacesOf(g.GetExports()), Outbound: g.GetOutbound(), Depth: g.GetDepth(), Alarms: g.GetAlarms(), Tails: g.GetTails()}
	out.Loaders = append(out.Loaders, g.GetLoaders()...)
	return out
}

func namespacesOf(list []*facetv1.NamespaceBinding) []namespace {
	out := make([]namespace, 0, len(list))
	for _, n := range list {
		out = append(out, namespace{Name: n.GetName(), Key: n.GetKey()})
	}
	return out
}

type loadResult struct {
	exports []byte // JSON, of an inspection
	failure *facetv1.Failure
}

// pair carries two encoded values, props and env, in one message body: the first
// one's length as four little-endian bytes, the first, the second.
func pair(a, b []byte) []byte {
	out := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(a)+len(b)), uint32(len(a)))
	return append(append(out, a...), b...)
}

// parseExports reads the runtime's list of [name, kind, has an alarm handler].
func parseExports(text []byte) ([]*facetv1.Export, error) {
	var list [][3]any
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	out := make([]*facetv1.Export, 0, len(list))
	for _, e := range list {
		name, ok := e[0].(string)
		kind, ok2 := e[1].(float64)
		alarm, ok3 := e[2].(bool)
		if !ok || !ok2 || !ok3 {
			return nil, fmt.Errorf("unexpected entry %v", e)
		}
		out = append(out, &facetv1.Export{Name: name, Kind: facetv1.Export_Kind(kind), Alarm: alarm})
	}
	return out, nil
}

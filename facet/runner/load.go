package runner

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// inspectOnly in a Load message asks for the exports instead of an instance.
const inspectOnly = 1

// aboutInstance is what a Load message says beside code, class and values.
type aboutInstance struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	HasName            bool     `json:"hasName"`
	Plain              bool     `json:"plain"`
	CompatibilityDate  string   `json:"compatibilityDate"`
	CompatibilityFlags []string `json:"compatibilityFlags"`
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

// parseExports reads the runtime's list of [name, kind].
func parseExports(text []byte) ([]*facetv1.Export, error) {
	var list [][2]any
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	out := make([]*facetv1.Export, 0, len(list))
	for _, e := range list {
		name, ok := e[0].(string)
		kind, ok2 := e[1].(float64)
		if !ok || !ok2 {
			return nil, fmt.Errorf("unexpected entry %v", e)
		}
		out = append(out, &facetv1.Export{Name: name, Kind: facetv1.Export_Kind(kind)})
	}
	return out, nil
}

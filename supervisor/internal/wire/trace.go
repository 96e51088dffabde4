package wire

import (
	"bytes"
	"encoding/json"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
)

// MaxTrace bounds what is said of one call, in bytes. The runtime keeps it below:
// 64 Ki UTF-16 units and a URL.
const MaxTrace = 512 << 10

// traceFrame takes what the runner says of a call.
func (m *Mux) traceFrame(t *facetv1.Trace) error {
	if t == nil || m.cfg.Trace == nil || len(t.Json) > MaxTrace || !bytes.HasPrefix(t.Json, []byte("{")) || !json.Valid(t.Json) {
		return violation("a trace that nobody asked for, or of the wrong shape")
	}
	m.cfg.Trace(t.Json)
	return nil
}

package wire

import (
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/supervisor/internal/fault"
)

// Bounds of the text that a runner's failure may carry, in bytes. Longer text
// is cut: it ends up in logs and in errors of other facets.
const (
	maxName    = 64
	maxMessage = 64 << 10
	maxStack   = 16 << 10
)

// FailureError turns a runner's failure into the error that the caller sees.
func FailureError(f *facetv1.Failure) error {
	switch f.Kind {
	case facetv1.Failure_KIND_CPU_LIMIT:
		return fault.ErrCallCPU
	case facetv1.Failure_KIND_BODY_TOO_LARGE:
		return fault.ErrResponseTooLarge
	}
	kind := fault.Exception
	switch f.Kind {
	case facetv1.Failure_KIND_NO_HANDLER:
		kind = fault.NoHandler
	case facetv1.Failure_KIND_START:
		kind = fault.StartError
	case facetv1.Failure_KIND_INTERNAL, facetv1.Failure_KIND_UNSPECIFIED:
		kind = fault.Internal
	}
	name := bounded(f.Name, maxName)
	if name == "" {
		name = "Error"
	}
	return &fault.RemoteError{
		Name: name, Message: bounded(f.Message, maxMessage), Stack: bounded(f.Stack, maxStack),
		Remote: true, Reset: f.DurableObjectReset, Overloaded: f.Overloaded, Kind: kind,
	}
}

// bounded cuts text from the runner and makes it valid UTF-8.
func bounded(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

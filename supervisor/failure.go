package supervisor

import (
	"errors"
	"fmt"
	"strings"

	facetv1 "github.com/facetd/facetd/plugin-proto/facet/v1"
	"github.com/facetd/facetd/plugin-proto/value"
	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/refs"
	"github.com/facetd/facetd/supervisor/internal/tree"
)

// internalFailure is what JavaScript learns about errors that are ours.
var internalFailure = &facetv1.Failure{Kind: facetv1.Failure_KIND_INTERNAL, Name: "Error", Message: "internal error"}

// failureOf makes what an instance is told about a call that failed: class and
// message as the peer has them where it has them, no path, no stack.
func failureOf(err error) *facetv1.Failure {
	var remote *fault.RemoteError
	var verdict *fault.VerdictError
	var code *CodeError
	var built *BuildError
	var busy *fault.BusyError
	var backoff *fault.BackoffError
	switch {
	case errors.As(err, &busy):
		f := fail("Error", "The callee has too many calls under way. Try again later.")
		f.Overloaded = true
		return f
	case errors.As(err, &backoff):
		return fail("Error", fmt.Sprintf("The callee failed %d times in a row and is not started now. Try again later.", backoff.Failures))
	case errors.As(err, &remote): // what was thrown, or the reason of an abort
		return &facetv1.Failure{Kind: kindOf(remote), Name: remote.Name, Message: remote.Message, DurableObjectReset: remote.Reset, Overloaded: remote.Overloaded}
	case errors.As(err, &code):
		return fail(className(code.Name), code.Message)
	case errors.As(err, &built):
		return fail("Error", built.startText())
	case errors.As(err, &verdict):
		f := fail("Error", "The callee was ended: "+verdictText(verdict))
		f.DurableObjectReset = true
		return f
	case errors.Is(err, fault.ErrCallCPU):
		return &facetv1.Failure{Kind: facetv1.Failure_KIND_CPU_LIMIT, Name: "Error", Message: "Worker exceeded CPU time limit."}
	case errors.Is(err, refs.ErrHandles), errors.Is(err, refs.ErrExports):
		return fail("RangeError", err.Error())
	case errors.Is(err, value.ErrValue):
		return fail("TypeError", "The answer of the callback is no value.")
	case errors.Is(err, tree.ErrNameTooLong):
		return fail("TypeError", "Facet name is too long (max 256 characters).")
	case errors.Is(err, tree.ErrBadName):
		return fail("TypeError", "Facet name must not be empty.")
	case errors.Is(err, tree.ErrDepth):
		return fail("Error", "Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4.")
	}
	for _, known := range told {
		if errors.Is(err, known) {
			return fail("Error", known.Error())
		}
	}
	return internalFailure
}

// verdictText says how a callee ended. Where a process failed the reason is for the
// host's operator only: it may name paths, or quote what the process wrote.
func verdictText(v *fault.VerdictError) string {
	text := v.Verdict.String()
	switch v.Verdict {
	case fault.Aborted, fault.Deleted, fault.Hibernated, fault.OOM, fault.CPULimit, fault.WallLimit, fault.SupervisorShutdown:
		if v.Reason != nil {
			text += ": " + v.Reason.Error()
		}
	}
	return text
}

// told are errors whose text is meant for the caller.
var told = []error{
	errOutbound, errSubRequests, errNotBound, errNoFacets, errWrongID, errOperation, ErrNoClass, ErrNoCallback, errNoCode, tree.ErrTooMany,
	fault.ErrCallWall, fault.ErrRequestTooLarge, fault.ErrResponseTooLarge, fault.ErrArgsTooLarge,
}

func fail(name, message string) *facetv1.Failure {
	return &facetv1.Failure{Kind: facetv1.Failure_KIND_INTERNAL, Name: name, Message: message}
}

func className(name string) string {
	if name == "" {
		return "Error"
	}
	return name
}

// kindOf tells what the callee threw from what the supervisor says in the words of
// the peer.
func kindOf(e *fault.RemoteError) facetv1.Failure_Kind {
	if !e.Remote {
		return facetv1.Failure_KIND_INTERNAL
	}
	switch e.Kind {
	case fault.NoHandler:
		return facetv1.Failure_KIND_NO_HANDLER
	case fault.StartError:
		return facetv1.Failure_KIND_START
	case fault.Internal:
		return facetv1.Failure_KIND_INTERNAL
	}
	return facetv1.Failure_KIND_EXCEPTION
}

// startText is the text of facts L29 and L30.
func (e *BuildError) startText() string {
	var b strings.Builder
	b.WriteString("Failed to start Worker:\nUncaught ")
	if len(e.Diagnostics) == 0 {
		return b.String() + "SyntaxError"
	}
	d := e.Diagnostics[0]
	if strings.HasPrefix(d.Text, "No such module ") {
		b.WriteString("Error: " + d.Text)
	} else {
		b.WriteString("SyntaxError: " + d.Text)
	}
	if d.Line > 0 {
		fmt.Fprintf(&b, "\n  at %s:%d:%d", d.Module, d.Line, d.Column)
	}
	return b.String()
}

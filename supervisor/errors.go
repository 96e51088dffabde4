package supervisor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/facetd/facetd/supervisor/internal/fault"
	"github.com/facetd/facetd/supervisor/internal/tree"
)

// Errors that calls return. Use errors.As for the types and errors.Is for the
// sentinels.
type (
	// VerdictError: the instance ended under the call, or the stub's facet was
	// aborted, deleted or cloned over. It unwraps to the reason, so errors.Is
	// finds the error given to Abort.
	VerdictError = fault.VerdictError
	// RemoteError: the application threw.
	RemoteError = fault.RemoteError
	// RemoteKind classifies a RemoteError.
	RemoteKind = fault.RemoteKind
	// BusyError: too many calls wait for the facet.
	BusyError = fault.BusyError
	// BackoffError: the facet failed repeatedly and is not started now.
	BackoffError = fault.BackoffError
)

// Kinds of a RemoteError.
const (
	Exception  = fault.Exception
	NoHandler  = fault.NoHandler
	StartError = fault.StartError
	Internal   = fault.Internal
)

// Limits of a single call; they end the call and not the instance.
var (
	ErrCallCPU          = fault.ErrCallCPU
	ErrCallWall         = fault.ErrCallWall
	ErrRequestTooLarge  = fault.ErrRequestTooLarge
	ErrResponseTooLarge = fault.ErrResponseTooLarge
	ErrArgsTooLarge     = fault.ErrArgsTooLarge
)

// Errors about the tree and the data directory.
var (
	// ErrClosed: the host was closed.
	ErrClosed = errors.New("the host is closed")
	// ErrLocked: another process has the data directory.
	ErrLocked = tree.ErrLocked
	// ErrNameTooLong: a facet name has more than 256 bytes (fact F21).
	ErrNameTooLong = tree.ErrNameTooLong
	// ErrBadName: an empty facet name, or one that is not UTF-8.
	ErrBadName = tree.ErrBadName
	// ErrDepth: the facet tree would be more than 4 levels deep, the object
	// included (fact F84).
	ErrDepth = tree.ErrDepth
	// ErrNoReason: Abort needs a reason (fact F61).
	ErrNoReason = errors.New("abort needs a reason: it is what the facet's callers get")
	// ErrNoCallback: Get was given no callback, and the facet does not run.
	ErrNoCallback = errors.New("the facet does not run, and Get was given no callback that says how to start it")
	// ErrNoClass: the callback of Get returned no class.
	ErrNoClass = errors.New("the start options name no class: set StartupOptions.Class to Worker.Class(name)")
)

// CodeError: worker code that no runner would take.
type CodeError struct {
	Message string
	// Name is the class of the error in JavaScript; empty means "Error".
	Name string
}

// Error gives the message, with the texts of facts L17 to L28.
func (e *CodeError) Error() string { return e.Message }

// codeTypeErrorf makes an error that is a TypeError in JavaScript.
func codeTypeErrorf(format string, args ...any) error {
	return &CodeError{Message: fmt.Sprintf(format, args...), Name: "TypeError"}
}

func codeErrorf(format string, args ...any) error {
	return &CodeError{Message: fmt.Sprintf(format, args...)}
}

// Diagnostic is one message of the bundler.
type Diagnostic struct {
	Module string
	// Line and Column are 1-based; 0 where there is no place.
	Line, Column int
	Text         string
	// LineText is the line itself; may be empty.
	LineText string
}

// String gives "module:line:column: text".
func (d Diagnostic) String() string {
	if d.Line == 0 {
		return d.Module + ": " + d.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", d.Module, d.Line, d.Column, d.Text)
}

// MissingPackage is a package that a module imports and the worker does not have.
type MissingPackage struct{ Name, Importer string }

// BuildError: the worker's modules do not make a program.
type BuildError struct {
	Diagnostics []Diagnostic
	// Missing are the packages whose modules would have to be added, as the
	// sandboxed bundler says: any text may stand there.
	Missing []MissingPackage
}

// MissingModule reports whether a module was imported that the worker does not
// have.
func (e *BuildError) MissingModule() bool {
	for _, d := range e.Diagnostics {
		if strings.HasPrefix(d.Text, "No such module ") {
			return true
		}
	}
	return false
}

// Error gives all diagnostics, one a line.
func (e *BuildError) Error() string {
	lines := []string{"Failed to start Worker:"}
	for _, d := range e.Diagnostics {
		lines = append(lines, d.String())
	}
	return strings.Join(lines, "\n")
}

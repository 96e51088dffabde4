package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// VerdictError is the error of a call whose instance ended.
type VerdictError struct {
	// Verdict says how.
	Verdict Verdict
	// Facet is the path of the facet, for example "AppRunner/my-app/app";
	// empty where a waiting runner failed.
	Facet string
	// Reason is what the verdict was passed for: the reason given to Abort, or
	// a description of what happened. Never nil.
	Reason error
	// Hint says what to do about it; may be empty.
	Hint string
	// Layer names the layer that failed or refused, where one did.
	Layer string
}

// Error gives facet, verdict, reason and hint.
func (e *VerdictError) Error() string {
	var b strings.Builder
	if e.Facet != "" {
		fmt.Fprintf(&b, "facet %q: ", e.Facet)
	}
	b.WriteString(e.Verdict.String())
	if e.Reason != nil {
		b.WriteString(": ")
		b.WriteString(e.Reason.Error())
	}
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *VerdictError) Unwrap() error { return e.Reason }

// New makes a VerdictError whose reason is text.
func New(v Verdict, format string, args ...any) *VerdictError {
	return &VerdictError{Verdict: v, Reason: fmt.Errorf(format, args...)}
}

// RemoteError is an exception that the application threw, or an error that its
// runtime raised in its name (facts F46 to F50). Name is the class, kept for
// built-in classes and "Error" otherwise.
type RemoteError struct {
	// Name is the class: "Error", "TypeError", …
	Name string
	// Message is the exception's message.
	Message string
	// Stack is for the facet's log only; it is never sent to a client.
	Stack string
	// Remote is true: the error comes from the other side of the boundary.
	Remote bool
	// Reset is true where the instance ended with the error
	// (durableObjectReset in JavaScript; fact F43).
	Reset bool
	// Overloaded is true where a callee had no place for a call (overloaded in
	// JavaScript), and nobody caught that.
	Overloaded bool
	// Kind tells apart what the runtime raises itself.
	Kind RemoteKind
}

// RemoteKind classifies a RemoteError.
type RemoteKind uint8

// The kinds.
const (
	// Exception: thrown by the application.
	Exception RemoteKind = iota
	// NoHandler: the class has no fetch(), or no such method (fact F46).
	NoHandler
	// StartError: a module or the constructor failed (facts F42 to F44).
	StartError
	// Internal: the runtime itself failed.
	Internal
)

// Error gives class and message as JavaScript's String(error) does.
func (e *RemoteError) Error() string {
	switch {
	case e.Name == "":
		return e.Message
	case e.Message == "":
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// BusyError says that a facet has as many calls under way and waiting as it may.
type BusyError struct {
	// Facet is empty where an instance does not take what it was sent already.
	Facet      string
	RetryAfter time.Duration
}

// Error names the facet and what to do.
func (e *BusyError) Error() string {
	if e.Facet == "" {
		return fmt.Sprintf("the facet is busy: it does not take what it was sent (try again in %v)", e.RetryAfter)
	}
	return fmt.Sprintf("facet %q: busy: its queue of waiting calls is full (try again in %v)", e.Facet, e.RetryAfter)
}

// BackoffError says that a facet is not started now because it failed several
// times in a short while.
type BackoffError struct {
	Facet      string
	Failures   int
	RetryAfter time.Duration
	// Last is the latest failure.
	Last error
}

// Error names the facet, the count, the wait and the latest failure.
func (e *BackoffError) Error() string {
	return fmt.Sprintf("facet %q: failed %d times in a row and is started again in %v; the latest failure: %v",
		e.Facet, e.Failures, e.RetryAfter.Round(time.Millisecond), e.Last)
}

// Unwrap returns the latest failure.
func (e *BackoffError) Unwrap() error { return e.Last }

// Limits of a single call. They end the call, not the instance.
var (
	// ErrCallCPU: the engine ended the call at its processor-time limit.
	ErrCallCPU = errors.New("the call used more processor time than its limit allows")
	// ErrCallWall: the call took longer than its limit.
	ErrCallWall = errors.New("the call took longer than its limit allows")
	// ErrRequestTooLarge: the request body is larger than its limit.
	ErrRequestTooLarge = errors.New("the request body is larger than its limit allows")
	// ErrResponseTooLarge: the response body, its head or a result is larger
	// than its limit.
	ErrResponseTooLarge = errors.New("the response is larger than its limit allows")
	// ErrArgsTooLarge: the arguments of a method call do not fit a message.
	ErrArgsTooLarge = errors.New("the arguments are larger than a message allows (4 MiB)")
)

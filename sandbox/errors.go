package sandbox

import (
	"errors"
	"fmt"
)

// ErrClosed is returned by a launcher that has been closed.
var ErrClosed = errors.New("sandbox: the launcher is closed")

// ErrEnded is returned by what needs a living process.
var ErrEnded = errors.New("sandbox: the process has ended")

// StartError tells why a process could not be started or sealed.
type StartError struct {
	Layer Layer  // the layer that could not be put up; 0: none, the start itself
	Step  string // what was being done
	Err   error  // the cause, usually a syscall.Errno
	Hint  string // what to do about it; may be empty
}

// Error names layer, step, cause and remedy.
func (e *StartError) Error() string {
	s := "sandbox: "
	if e.Layer != 0 {
		s += e.Layer.String() + ": "
	}
	s += fmt.Sprintf("%s: %v", e.Step, e.Err)
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }

// MissingFeatureError tells that the host lacks something and that its absence
// has not been accepted.
type MissingFeatureError struct {
	Feature Feature
	Detail  string // what was found on the host
}

// Error names the feature, what it protects against, and both ways out.
func (e *MissingFeatureError) Error() string {
	return fmt.Sprintf("sandbox: %s (%s): it protects against %s; %s, or accept the risk with %q",
		e.Feature, e.Detail, e.Feature.Protects(), e.Feature.Remedy(), string(e.Feature))
}

//go:build linux && amd64

package lockdown

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// CookieKey and CookieValue are the environment variable that makes the
// constructor act, and go-plugin's magic cookie at the same time.
const (
	CookieKey   = "FACETD_RUNNER"
	CookieValue = "7d0c1f5e-facet-runner-v1"
)

// exitStatus is the status of a runner that could not be locked down, the same
// as in lockdown.c; no runner uses it for anything else.
const exitStatus = 113

var sealed atomic.Bool

var errNotActive = errors.New("lockdown: the process was not started by facetd's sandbox: start it through sandbox.Launcher")

func init() {
	if active() {
		// The host's zone would be read from a file at the first use,
		// after files are gone.
		time.Local = time.UTC
	}
}

// Active reports whether this process was locked down before main. It never
// changes during the life of a process.
func Active() bool { return active() }

// Seal installs the seccomp filter on all threads, for good, and tells the
// parent, handing over the filter's listener if it has one. Everything that
// opens files, makes sockets or starts processes must have happened before.
// It may be called once; it fails when the process is not locked down or the
// kernel refuses the filter, and then the process should end.
func Seal() error {
	if !active() {
		return errNotActive
	}
	if sealed.Swap(true) {
		return errors.New("lockdown: sealed already")
	}
	if err := seal(); err != nil {
		return fmt.Errorf("lockdown: seccomp filter: %w", err)
	}
	return nil
}

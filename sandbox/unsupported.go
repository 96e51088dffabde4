//go:build !(linux && amd64)

package sandbox

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// ErrUnsupported is what everything returns on this platform.
var ErrUnsupported = errors.New("sandbox: only Linux on amd64 is supported: run facetd in a virtual machine with it")

// Launcher cannot be made on this platform.
type Launcher struct{}

// Process cannot be made on this platform.
type Process struct{}

// New returns [ErrUnsupported].
func New(Config) (*Launcher, error) { return nil, ErrUnsupported }

// Probe returns [ErrUnsupported].
func Probe(context.Context) (Report, error) { return Report{}, ErrUnsupported }

// ReadPosture returns [ErrUnsupported].
func ReadPosture(int) (Posture, error) { return Posture{}, ErrUnsupported }

// Start returns [ErrUnsupported].
func (*Launcher) Start(context.Context, Spec) (*Process, error) { return nil, ErrUnsupported }

// Host returns the zero report.
func (*Launcher) Host() Report { return Report{} }

// Close does nothing.
func (*Launcher) Close() error { return nil }

// The methods of Process exist so that callers compile; there is no Process to
// call them on.

// Pid returns 0.
func (*Process) Pid() int { return 0 }

// UID returns 0.
func (*Process) UID() uint32 { return 0 }

// Layers returns none.
func (*Process) Layers() Layer { return 0 }

// Conn returns nil.
func (*Process) Conn() *net.UnixConn { return nil }

// Log returns nil.
func (*Process) Log() *os.File { return nil }

// Done returns nil.
func (*Process) Done() <-chan struct{} { return nil }

// Kill does nothing.
func (*Process) Kill() {}

// Wait returns the zero Exit.
func (*Process) Wait() Exit { return Exit{} }

// CPUTime returns [ErrUnsupported].
func (*Process) CPUTime() (time.Duration, error) { return 0, ErrUnsupported }

// MemoryBytes returns [ErrUnsupported].
func (*Process) MemoryBytes() (uint64, error) { return 0, ErrUnsupported }

// SetFileSizeLimit returns [ErrUnsupported].
func (*Process) SetFileSizeLimit(uint64) error { return ErrUnsupported }

// WaitSealed returns [ErrUnsupported].
func (*Process) WaitSealed(context.Context) error { return ErrUnsupported }

// SendFiles returns [ErrUnsupported].
func (*Process) SendFiles(context.Context, ...*os.File) error { return ErrUnsupported }

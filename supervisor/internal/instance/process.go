package instance

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Process is a started child. Package sandbox provides the real one.
type Process interface {
	// Conn is the supervisor's end of the gRPC socketpair. The instance closes it.
	Conn() net.Conn
	// Log is the read end of the child's output. The instance closes it.
	Log() io.ReadCloser
	// WaitSealed returns when the child has closed its last door, or cannot.
	WaitSealed(ctx context.Context) error
	// SendFiles passes descriptors, which stay the caller's.
	SendFiles(ctx context.Context, files ...*os.File) error
	// SetFileSizeLimit sets the largest file the child may write, in bytes.
	SetFileSizeLimit(bytes uint64) error
	// Kill ends the process for certain. It does not wait.
	Kill()
	// Exited reports whether the process is dead, though it may not have been
	// waited for.
	Exited() bool
	// Wait waits for the end and removes what belonged to the process. Every
	// call returns the same.
	Wait() Exit
	// CPUTime is what the process has used so far.
	CPUTime() (time.Duration, error)
	// MemoryBytes is what the process uses now.
	MemoryBytes() (uint64, error)
	// Pid identifies the process in logs.
	Pid() int
}

// Exit says how a process ended.
type Exit struct {
	Code   int
	Signal int
	// OOM is set where the kernel ended it at its memory limit.
	OOM bool
	// Violation describes the denied system call; empty where there was none.
	Violation string
}

// String describes the exit.
func (e Exit) String() string {
	switch {
	case e.Violation != "":
		return e.Violation
	case e.OOM:
		return "out of memory"
	case e.Signal != 0:
		return fmt.Sprintf("killed by signal %d", e.Signal)
	}
	return fmt.Sprintf("exit code %d", e.Code)
}

// Launch starts a runner process.
type Launch func(ctx context.Context) (Process, error)

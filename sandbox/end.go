package sandbox

import (
	"fmt"
	"syscall"
	"time"
)

// Exit is how a child ended.
type Exit struct {
	// Code is the exit status, or -1 when a signal ended it.
	Code int
	// Signal is the signal that ended it, or 0.
	Signal syscall.Signal
	// OOM is true when its memory limit was the reason.
	OOM bool
	// Violation is the system call that was not allowed, or nil. Where the
	// filter kills without telling, it is nil and Signal is SIGSYS.
	Violation *Violation
	// CPUTime is the processor time it used, user and system.
	CPUTime time.Duration
	// MaxMemory is the largest resident size in bytes.
	MaxMemory int64
}

// PolicyViolation reports whether a system call outside the policy ended it.
func (e Exit) PolicyViolation() bool {
	return e.Violation != nil || e.Signal == syscall.SIGSYS
}

// Violation is a system call that the filter did not allow. It was not
// executed. Everything in it comes from the kernel; the arguments are the
// child's raw register values and point nowhere in this process.
type Violation struct {
	Syscall string    // its name, or "syscall N"
	NR      int       // its number
	Arch    uint32    // AUDIT_ARCH_*; x86-64 unless the child used a foreign ABI
	Args    [6]uint64 // as passed
	IP      uint64    // where it was made
	TID     int       // the thread, in the launcher's pid namespace
}

// String returns the call in one line.
func (v *Violation) String() string {
	return fmt.Sprintf("%s(%#x, %#x, %#x, %#x, %#x, %#x) at %#x in thread %d",
		v.Syscall, v.Args[0], v.Args[1], v.Args[2], v.Args[3], v.Args[4], v.Args[5], v.IP, v.TID)
}

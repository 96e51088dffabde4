//go:build linux && amd64

package attacker

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// What a process made by spawn does.
const (
	endsAtOnce = iota
	stays
	leavesAnother
	executes
)

// spawn forks without exec. The copy has one thread and half a Go runtime, so that
// nothing but raw calls is safe in it: no growth of the stack, no allocation. a and b
// are for executes, a program's descriptor and an empty path, and a for leavesAnother:
// the pollfd of the end that it waits for.
//
//go:norace
//go:nosplit
func spawn(flags uintptr, act int, a, b uintptr) (uintptr, error) {
	pid, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, flags|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	if pid != 0 {
		return pid, nil
	}
	switch act {
	case stays:
		for {
			syscall.RawSyscall(unix.SYS_PAUSE, 0, 0, 0)
		}
	case leavesAnother:
		syscall.RawSyscall(unix.SYS_SETSID, 0, 0, 0)
		pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		if errno == 0 && pid == 0 {
			const forever = ^uintptr(0)
			for {
				n, _, e := syscall.RawSyscall(unix.SYS_POLL, a, 1, forever)
				if e == 0 && n > 0 {
					break
				}
			}
		}
	case executes:
		_, _, errno = syscall.RawSyscall6(unix.SYS_EXECVEAT, a, b, 0, 0, unix.AT_EMPTY_PATH, 0)
	}
	syscall.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(errno), 0, 0)
	return 0, nil
}

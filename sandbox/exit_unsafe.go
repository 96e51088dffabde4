//go:build linux && amd64

package sandbox

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// readable is poll(2) that does not wait, so Go's scheduler need not hear of it:
// package unix would tell it, which wakes its monitor thread in a quiet process,
// and each call of a facet asks. The kernel keeps the address of p no longer than
// the call lasts (unsafe.Pointer, rule 4).
func readable(fd int) bool {
	p := unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	n, _, errno := unix.RawSyscall(unix.SYS_POLL, uintptr(unsafe.Pointer(&p)), 1, 0)
	return errno == 0 && n > 0
}

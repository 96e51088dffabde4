package seccomp

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// install gives the filter to all threads of this process, as the sandbox does,
// and returns what the kernel says. An empty filter can be given too.
//
// The two conversions to uintptr are in the call itself, so both objects stay
// where they are until it returns (rule 4 of package unsafe); the filter is kept
// alive past it because the kernel reads it through the pointer in fprog.
func install(filter []unix.SockFilter, flags uintptr) (uintptr, unix.Errno) {
	fprog := unix.SockFprog{Len: uint16(len(filter))}
	if len(filter) > 0 {
		fprog.Filter = &filter[0]
	}
	r, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(filter)
	return r, errno
}

// notification is struct seccomp_notif of linux/seccomp.h.
type notification struct {
	ID    uint64
	PID   uint32
	Flags uint32
	NR    int32
	Arch  uint32
	IP    uint64
	Args  [6]uint64
}

// receive waits for a notification on a listener. The kernel writes into n, which
// the conversion in the call keeps in place (rule 4 of package unsafe).
func receive(listener int) (n notification, errno unix.Errno) {
	_, _, errno = unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&n)))
	return n, errno
}

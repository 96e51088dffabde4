package seccomp

import (
	"runtime"
	"unsafe"

	"github.com/facetd/facetd/seccomp/internal/int80"
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

// answer is struct seccomp_notif_resp of linux/seccomp.h.
type answer struct {
	ID    uint64
	Value int64
	Error int32
	Flags uint32
}

// respond answers a notification; the kernel only reads a.
func respond(listener int, a answer) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&a)))
	return errno
}

// forkAndCall makes one call with all bits of its arguments set, in a copy of this
// process and under the filter. A number with bit 63 is one of the 32-bit ABI. The
// copy has one thread and half a Go runtime: nothing but raw calls is safe there.
//
//go:norace
//go:nosplit
func forkAndCall(fprog *unix.SockFprog, nr uint64) (uintptr, unix.Errno) {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	// fprog and the filter it points to are kept by the caller.
	_, _, errno = unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(fprog)))
	if errno == 0 && nr>>63 != 0 {
		int80.Call(uint32(nr))
	} else if errno == 0 {
		const bad = ^uintptr(0)
		unix.RawSyscall6(uintptr(nr), bad, bad, bad, bad, bad, bad)
	}
	unix.RawSyscall(unix.SYS_EXIT_GROUP, 1, 0, 0)
	return 0, 0
}

//go:build linux && amd64

package sandbox

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// seccompData is struct seccomp_data of linux/seccomp.h.
type seccompData struct {
	nr   int32
	arch uint32
	ip   uint64
	args [6]uint64
}

// seccompNotif is struct seccomp_notif of linux/seccomp.h.
type seccompNotif struct {
	id    uint64
	pid   uint32
	flags uint32
	data  seccompData
}

// Ioctl numbers of linux/seccomp.h: _IOWR('!', 0, struct seccomp_notif), which
// is 80 bytes, and _IOW('!', 2, __u64).
const (
	ioctlNotifRecv    = 0xc0502100
	ioctlNotifIDValid = 0x40082102
)

// notifReceive takes one notification off a listener.
func notifReceive(fd int) (n seccompNotif, err error) {
	// unsafe: the kernel writes one struct seccomp_notif, whose layout
	// seccompNotif has (a test compares the sizes), and keeps no pointer.
	// It wants the memory zeroed, which a new variable is.
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), ioctlNotifRecv, uintptr(unsafe.Pointer(&n)))
	if errno != 0 {
		return n, errno
	}
	return n, nil
}

// isListener reports whether a descriptor is a seccomp listener: for one, the
// question about a notification that does not exist has the answer ENOENT; for
// anything else it is ENOTTY, EBADF or EINVAL.
func isListener(fd int) bool {
	var id uint64
	// unsafe: the kernel reads eight bytes and keeps no pointer.
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), ioctlNotifIDValid, uintptr(unsafe.Pointer(&id)))
	return errno == unix.ENOENT
}

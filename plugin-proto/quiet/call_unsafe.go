package quiet

import (
	"syscall"
	"unsafe"
)

// rawRead is read(2), again after a signal. p is not empty.
func rawRead(fd uintptr, p []byte) (int, syscall.Errno) { return rawTransfer(syscall.SYS_READ, fd, p) }

// rawWrite is write(2), as rawRead. A socket whose other end is gone gives EPIPE:
// the Go runtime ignores SIGPIPE on descriptors other than 1 and 2.
func rawWrite(fd uintptr, p []byte) (int, syscall.Errno) {
	return rawTransfer(syscall.SYS_WRITE, fd, p)
}

// rawTransfer is either call. The address of p goes to the kernel, which keeps it no
// longer than the call lasts (unsafe.Pointer, rule 4).
func rawTransfer(call, fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// rawModify is epoll_ctl(2) with EPOLL_CTL_MOD. The kernel copies the event during
// the call (unsafe.Pointer, rule 4).
func rawModify(set uintptr, fd int, events uint32) syscall.Errno {
	event := syscall.EpollEvent{Events: events}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_CTL, set, syscall.EPOLL_CTL_MOD, uintptr(fd), uintptr(unsafe.Pointer(&event)), 0, 0)
	return errno
}

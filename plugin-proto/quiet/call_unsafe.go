package quiet

import (
	"syscall"
	"unsafe"
)

// rawRead is read(2), again after a signal. p is not empty. Its address goes to
// the kernel, which keeps it no longer than the call lasts (unsafe.Pointer, rule 4).
func rawRead(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// rawWrite is write(2), as rawRead. A socket whose other end is gone gives EPIPE:
// the Go runtime ignores SIGPIPE on descriptors other than 1 and 2.
func rawWrite(fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

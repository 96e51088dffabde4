package quiet

import "os"

// Signal adds one to an eventfd(2) that a thread outside of Go waits for. Such a
// descriptor is better not given to package os: Go's poller would be woken
// whenever that thread empties it.
func Signal(fd int) error {
	if _, errno := rawWrite(uintptr(fd), one[:]); errno != 0 {
		return os.NewSyscallError("write to an eventfd", errno)
	}
	return nil
}

var one = [8]byte{1} // little-endian, as amd64 is

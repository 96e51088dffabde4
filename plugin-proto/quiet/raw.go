package quiet

import "syscall"

// read waits until there is something, or the end, which is n = 0. err says that
// it was not to wait any more.
func read(c syscall.RawConn, p []byte) (n int, errno syscall.Errno, err error) {
	if len(p) == 0 {
		return 0, 0, nil
	}
	err = c.Read(func(fd uintptr) bool {
		n, errno = rawRead(fd, p)
		return errno != syscall.EAGAIN
	})
	return n, errno, err
}

// write waits until all is written.
func write(c syscall.RawConn, p []byte) (done int, errno syscall.Errno, err error) {
	err = c.Write(func(fd uintptr) bool {
		for errno = 0; done < len(p) && errno == 0; {
			var n int
			n, errno = rawWrite(fd, p[done:])
			done += n
		}
		return errno != syscall.EAGAIN
	})
	return done, errno, err
}

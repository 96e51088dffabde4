//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// firstFreeFD is above every number a child's descriptors take.
const firstFreeFD = 5

// openRunner returns a descriptor of the program at firstFreeFD or above, by
// which it is executed: whoever may exchange the file later, and whatever the
// permissions of the directories, this file is what runs.
func openRunner(s *Spec) (int, error) {
	var fd int
	var err error
	if s.RunnerFile != nil {
		fd, err = unix.FcntlInt(uintptr(fdOf(s.RunnerFile)), unix.F_DUPFD_CLOEXEC, firstFreeFD)
	} else if fd, err = unix.Open(s.Runner, unix.O_PATH|unix.O_CLOEXEC, 0); err == nil && fd < firstFreeFD {
		low := fd
		fd, err = unix.FcntlInt(uintptr(low), unix.F_DUPFD_CLOEXEC, firstFreeFD)
		unix.Close(low)
	}
	if err != nil {
		return -1, &StartError{Step: "open the runner " + s.Runner, Err: err}
	}
	if err := checkRunner(fd); err != nil {
		unix.Close(fd)
		return -1, &StartError{Step: "check the runner " + s.Runner, Err: err}
	}
	return fd, nil
}

func checkRunner(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return errors.New("not a regular file")
	case st.Mode&0o002 != 0:
		return errors.New("anyone may write to it: chmod o-w")
	case st.Mode&0o111 == 0:
		return errors.New("not executable: chmod a+x")
	}
	return nil
}

func fdPath(fd int) string { return fmt.Sprintf("/proc/self/fd/%s", strconv.Itoa(fd)) }

//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const lockName = "facetd.lock"

// lockDir takes the lock of a data directory: flock(2) on DIR/facetd.lock, free
// again when the returned file is closed or the process ends, however it ends.
// The file holds the owner's process id, for the error that the next one gets.
func lockDir(d *dir) (*os.File, error) {
	f, err := d.create(lockName)
	if errors.Is(err, os.ErrExist) {
		f, err = d.open(lockName)
	}
	if err != nil {
		return nil, err
	}
	err = control(f, func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = fmt.Errorf("%s: %w by %s; stop that one or choose another directory", d.path, ErrLocked, lockOwner(f))
	}
	if err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%-20d\n", os.Getpid()), 0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func lockOwner(f *os.File) string {
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return "another process"
	}
	return fmt.Sprintf("process %d", pid)
}

//go:build linux && amd64

package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ownPrefix begins the name of every launcher's directory.
const ownPrefix = "l-"

// ownDir is one launcher's cgroup directory, the same name below each root. A
// lock on each says that its launcher lives: a launcher that finds one it can
// lock has found leftovers. Each has its own, since two launchers may share one
// hierarchy's root and not another's.
type ownDir struct {
	name  string
	dirs  []string
	locks []*os.File
}

// makeOwnDir makes and locks a new directory below every root.
func makeOwnDir(roots []string) (*ownDir, error) {
	var id [8]byte
	rand.Read(id[:])
	return makeOwnDirNamed(ownPrefix+hex.EncodeToString(id[:]), roots)
}

func makeOwnDirNamed(name string, roots []string) (*ownDir, error) {
	d := &ownDir{name: name}
	for _, root := range roots {
		lock, err := makeLocked(filepath.Join(root, d.name))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", errNoController, err), d.remove())
		}
		d.dirs = append(d.dirs, lock.Name())
		d.locks = append(d.locks, lock)
	}
	return d, nil
}

// makeLocked makes one directory and locks it. Another launcher may take the
// parent away before, when it was the last in it, or sweep the new directory
// before it is locked.
func makeLocked(dir string) (*os.File, error) {
	for attempt := 0; ; attempt++ {
		err := os.MkdirAll(dir, 0o755)
		if err == nil {
			var lock *os.File
			var free bool
			if lock, free, err = lockDir(dir); err == nil {
				if _, err = os.Stat(dir); err == nil && free {
					return lock, nil
				}
				lock.Close()
			}
		}
		if attempt == 100 || err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("make cgroup %s: %w", dir, err)
		}
	}
}

func (d *ownDir) remove() error {
	var errs []error
	for _, dir := range slices.Backward(d.dirs) {
		errs = append(errs, removeDir(dir))
	}
	for _, dir := range d.dirs {
		unix.Rmdir(filepath.Dir(dir)) // the common parent, if nobody else is in it
	}
	for _, lock := range d.locks {
		errs = append(errs, lock.Close())
	}
	return errors.Join(errs...)
}

// lockDir opens a directory and reports whether it got the lock.
func lockDir(dir string) (*os.File, bool, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, false, err
	}
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
	case nil:
		return f, true, nil
	case unix.EWOULDBLOCK:
		return f, false, nil
	default:
		f.Close()
		return nil, false, fmt.Errorf("lock cgroup %s: %w", dir, err)
	}
}

// sweep kills and removes what dead launchers left below the roots.
func sweep(roots []string) error {
	var errs []error
	for _, root := range roots {
		entries, err := os.ReadDir(root)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: %w", errNoController, err)
		}
		for _, e := range entries {
			if e.IsDir() && strings.HasPrefix(e.Name(), ownPrefix) {
				errs = append(errs, sweepOne(filepath.Join(root, e.Name())))
			}
		}
	}
	return errors.Join(errs...)
}

// sweepOne clears one launcher's directory in one hierarchy, unless that
// launcher lives or is another user's.
func sweepOne(top string) error {
	lock, free, err := lockDir(top)
	if errors.Is(err, os.ErrNotExist) {
		return nil // removed by its launcher or another sweep
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	if !free || !ours(lock) {
		return nil
	}
	entries, err := os.ReadDir(top)
	if err != nil {
		return nil // as above
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() {
			dir := filepath.Join(top, e.Name())
			errs = append(errs, killAll(dir), removeDir(dir))
		}
	}
	return errors.Join(append(errs, removeDir(top))...)
}

// ours reports whether a directory belongs to this user: what another user's
// launcher left is that user's to sweep.
func ours(dir *os.File) bool {
	var st unix.Stat_t
	return unix.Fstat(int(dir.Fd()), &st) == nil && int(st.Uid) == os.Geteuid()
}

// killAll ends the processes of a leftover group. A pid could be taken by
// another process between reading and killing, so the group is read again with
// the process held by a pidfd.
func killAll(dir string) error {
	procs := filepath.Join(dir, "cgroup.procs")
	pids, err := os.ReadFile(procs)
	if err != nil {
		return nil // gone
	}
	for _, word := range strings.Fields(string(pids)) {
		pid, err := strconv.Atoi(word)
		if err != nil || pid <= 1 || pid == os.Getpid() {
			continue
		}
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // dead already
		}
		again, _ := os.ReadFile(procs)
		if slices.Contains(strings.Fields(string(again)), word) {
			err = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		}
		unix.Close(fd)
		if err != nil && err != unix.ESRCH {
			return fmt.Errorf("kill leftover process %d: %w", pid, err)
		}
	}
	return nil
}

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
// lock on the first says that its launcher lives: a launcher that finds one it
// can lock has found leftovers.
type ownDir struct {
	name string
	dirs []string
	lock *os.File
}

// makeOwnDir makes and locks a new directory below every root.
func makeOwnDir(roots []string) (*ownDir, error) {
	for {
		var id [8]byte
		rand.Read(id[:])
		d := &ownDir{name: ownPrefix + hex.EncodeToString(id[:])}
		for _, root := range roots {
			dir := filepath.Join(root, d.name)
			err := os.MkdirAll(dir, 0o755)
			if errors.Is(err, os.ErrNotExist) {
				// The last launcher beside us has just removed the parent.
				err = os.MkdirAll(dir, 0o755)
			}
			if err != nil {
				return nil, errors.Join(fmt.Errorf("%w: %w", errNoController, err), d.remove())
			}
			d.dirs = append(d.dirs, dir)
		}
		lock, free, err := lockDir(d.dirs[0])
		if err != nil {
			return nil, errors.Join(err, d.remove())
		}
		// A sweep between making and locking took it for a leftover.
		if _, err := os.Stat(d.dirs[0]); !free || err != nil {
			lock.Close()
			continue
		}
		d.lock = lock
		return d, nil
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
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
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
	names := map[string]bool{}
	for _, root := range roots {
		entries, err := os.ReadDir(root)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%w: %w", errNoController, err)
		}
		for _, e := range entries {
			if e.IsDir() && strings.HasPrefix(e.Name(), ownPrefix) {
				names[e.Name()] = true
			}
		}
	}
	var errs []error
	for name := range names {
		errs = append(errs, sweepOne(roots, name))
	}
	return errors.Join(errs...)
}

func sweepOne(roots []string, name string) error {
	lock, free, err := lockDir(filepath.Join(roots[0], name))
	switch {
	case errors.Is(err, os.ErrNotExist):
		// The first root is made first and removed last: a half-made
		// or half-removed one without it belongs to nobody.
	case err != nil:
		return err
	default:
		defer lock.Close()
		if !free {
			return nil
		}
	}
	var errs []error
	for _, root := range slices.Backward(roots) {
		top := filepath.Join(root, name)
		entries, err := os.ReadDir(top)
		if err != nil {
			continue // removed by its launcher or another sweep
		}
		for _, e := range entries {
			if e.IsDir() {
				dir := filepath.Join(top, e.Name())
				errs = append(errs, killAll(dir), removeDir(dir))
			}
		}
		errs = append(errs, removeDir(top))
	}
	return errors.Join(errs...)
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

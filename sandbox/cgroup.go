//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/containerd/cgroups/v3"
	"golang.org/x/sys/unix"
)

// group is the cgroup of one process.
type group interface {
	// add puts a process in; a no-op where it was cloned into the group.
	add(pid int) error
	// dirFD is the descriptor for CLONE_INTO_CGROUP, or -1. It stays the group's.
	dirFD() int
	// kill ends everything inside, where the kernel can do that.
	kill() error
	// oomKills is how many processes the memory limit has killed.
	oomKills() (uint64, error)
	// memory is the use in bytes now.
	memory() (uint64, error)
	// remove deletes the group, which must be empty or about to be.
	remove() error
}

// groups makes the cgroups of one launcher, below a directory of its own.
type groups interface {
	create(name string, l Limits) (group, error)
	// useDisk bounds writes to a device from now on, where the host can; an
	// error is an errNoDisk. It is called once, before the first create.
	useDisk(device string) error
	// describe says which controllers are in use, for the report.
	describe() string
	close() error
}

// errNoController means that the host has the cgroup version, but not what is
// needed of it.
var errNoController = errors.New("no usable cgroup controllers")

// controllers a launcher wants, in the order in which they are made; the first
// one that exists carries the lock against another launcher's sweep.
var controllers = []string{"memory", "pids", "cpu"}

// openGroups finds the host's cgroup version and makes the launcher's own
// directory below parent, which is relative to the supervisor's own cgroup.
func openGroups(parent string) (groups, error) {
	if err := checkGroupName(parent); err != nil {
		return nil, err
	}
	switch cgroups.Mode() {
	case cgroups.Unified:
		return openGroupsV2(parent)
	case cgroups.Legacy, cgroups.Hybrid:
		return openGroupsV1(parent)
	default:
		return nil, fmt.Errorf("%w: /sys/fs/cgroup is not a cgroup mount", errNoController)
	}
}

func checkGroupName(name string) error {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
	}
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return !ok(r) }) {
		return fmt.Errorf("cgroup parent %q: want 1 to 64 of a-z A-Z 0-9 - _", name)
	}
	return nil
}

// removeDir deletes a cgroup directory. Right after the last process died the
// kernel still answers EBUSY for a moment.
func removeDir(dir string) error {
	delay := 200 * time.Microsecond
	for deadline := time.Now().Add(5 * time.Second); ; delay = min(2*delay, 50*time.Millisecond) {
		err := unix.Rmdir(dir)
		switch {
		case err == nil || err == unix.ENOENT:
			return nil
		case err != unix.EBUSY || time.Now().After(deadline):
			return &os.PathError{Op: "rmdir", Path: dir, Err: err}
		}
		time.Sleep(delay)
	}
}

//go:build linux && amd64

package battery

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// noRealTime tries to give this thread a real-time priority for a moment. Not even root
// can where the processor's cgroup has no share of it, as in a service or container
// under cgroup v1 (sched-rt-group.rst).
func noRealTime(*Battery) string {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := unix.SchedGetAttr(0, 0)
	if err == nil {
		err = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}, 0)
	}
	if err == nil {
		err = unix.SchedSetAttr(0, before, 0)
	}
	if err != nil {
		return "nobody here can have a real-time priority: " + err.Error()
	}
	return ""
}

// noCore: what sudo starts dumps no core (sudoers(5), disable_coredump), and what that
// starts cannot raise the limit again.
func noCore(*Battery) string {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err == nil && limit.Max == 0 {
		return "the supervisor itself may dump no core, as under sudo"
	}
	return ""
}

// noCgroupPath: in a container without a cgroup of their own, facets are in the one
// that the container shows as "/".
func noCgroupPath(b *Battery) string {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err == nil && b.Host().Cgroup == "" && !outsidePath(string(own), b) {
		return "the supervisor sees no path of its cgroup either"
	}
	return ""
}

//go:build linux && amd64

package battery

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// realTime tries to give this thread a real-time priority for a moment. Not even root
// can where the processor's cgroup has no share of it, as in a service or container
// under cgroup v1 (sched-rt-group.rst): an attempt to take one proves nothing there.
func realTime() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		return err
	}
	if err := unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 1}, 0); err != nil {
		return err
	}
	return unix.SchedSetAttr(0, before, 0)
}

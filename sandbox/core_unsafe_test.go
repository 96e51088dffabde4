//go:build linux && amd64

package sandbox

import (
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// coreOf is the core scheduling cookie of a process: 0 for none. The kernel writes it
// during the call (unsafe.Pointer, rule 4).
func coreOf(t *testing.T, pid int) (cookie uint64) {
	t.Helper()
	if err := unix.Prctl(unix.PR_SCHED_CORE, unix.PR_SCHED_CORE_GET, uintptr(pid), 0, uintptr(unsafe.Pointer(&cookie))); err != nil {
		t.Fatalf("read the cookie of process %d: %v", pid, err)
	}
	return cookie
}

// Attack 107: two sandboxes never share a core, nor does one with the supervisor. Where
// the host cannot do that nobody says that it does.
func TestCoreScheduling(t *testing.T) {
	l := newLauncher(t)
	one, other := startChild(t, l, Policy{}), startChild(t, l, Policy{})
	if !l.Host().CoreSched {
		if one.Layers().Has(CoreScheduling) {
			t.Error("the layer is said to be in force where the kernel has none")
		}
		t.Log("no threads share a core here, or the kernel was built without CONFIG_SCHED_CORE")
		return
	}
	if !one.Layers().Has(CoreScheduling) {
		t.Error("the layer is not in force")
	}
	if os.Geteuid() != 0 {
		t.Log("only root may look at the cookies of processes that are not dumpable")
		return
	}
	a, b, own := coreOf(t, one.Pid()), coreOf(t, other.Pid()), coreOf(t, os.Getpid())
	if a == 0 || b == 0 || a == b || a == own || b == own {
		t.Errorf("cookies %#x and %#x, the supervisor's %#x", a, b, own)
	}
	without := startChild(t, l, Policy{Without: CoreScheduling})
	if c := coreOf(t, without.Pid()); c != own {
		t.Errorf("control: without the layer it is %#x, want the supervisor's %#x", c, own)
	}
}

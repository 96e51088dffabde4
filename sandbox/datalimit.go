//go:build linux && amd64

package sandbox

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// dataStacks is how many stacks of threads to come have room in a data limit.
const dataStacks = 8

// limitData bounds the memory of a process that has no memory cgroup: what it may
// still map beyond what it has mapped when it is sealed (RLIMIT_DATA, setrlimit(2)).
// It is coarser than a cgroup: the stacks of threads count in full, the page cache and
// the kernel's memory don't count. An engine reserves gigabytes when it starts, so
// that the limit cannot be known before.
func (p *Process) limitData() error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.reaped {
		return ErrEnded
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return err
	}
	mapped, err := parseData(string(text))
	if err != nil {
		return err
	}
	limit := mapped + uint64(p.limits.Memory) + dataStacks*p.limits.Stack
	return os.NewSyscallError("prlimit", unix.Prlimit(p.pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: limit}, nil))
}

// parseData reads the bytes of private writable memory that a process has mapped out
// of /proc/PID/status (proc_pid_status(5), VmData).
func parseData(status string) (uint64, error) {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmData:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 53)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no VmData in the status of the process")
}

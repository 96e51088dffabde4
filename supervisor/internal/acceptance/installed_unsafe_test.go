//go:build linux && amd64

package acceptance

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/seccomp"
)

// ptraceSeccompGetFilter is PTRACE_SECCOMP_GET_FILTER (ptrace(2)); x/sys does not
// have it.
const ptraceSeccompGetFilter = 0x420c

// installed reads the newest filter of every thread of a process from the kernel.
// Each thread is stopped for a moment.
func installed(pid int) (map[int]*seccomp.Program, error) {
	type result struct {
		all map[int]*seccomp.Program
		err error
	}
	done := make(chan result)
	go func() {
		// A tracer is a thread, not a process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		r := result{all: map[int]*seccomp.Program{}}
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		r.err = err
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err == nil && r.err == nil {
				r.all[tid], r.err = filterOf(tid)
			}
		}
		done <- r
	}()
	r := <-done
	return r.all, r.err
}

func filterOf(tid int) (p *seccomp.Program, err error) {
	if err := ptrace(unix.PTRACE_SEIZE, tid, 0, nil); err != nil {
		return nil, fmt.Errorf("seize thread %d: %w", tid, err)
	}
	defer ptrace(unix.PTRACE_DETACH, tid, 0, nil)
	if err := ptrace(unix.PTRACE_INTERRUPT, tid, 0, nil); err != nil {
		return nil, fmt.Errorf("stop thread %d: %w", tid, err)
	}
	if _, err := unix.Wait4(tid, nil, unix.WALL, nil); err != nil {
		return nil, fmt.Errorf("wait for thread %d: %w", tid, err)
	}
	// 4096 instructions are the kernel's limit for one filter (BPF_MAXINSNS).
	var filter [4096]unix.SockFilter
	if err := ptrace(ptraceSeccompGetFilter, tid, 0, unsafe.Pointer(&filter[0])); err != nil {
		return nil, fmt.Errorf("read the filter of thread %d: %w", tid, err)
	}
	// Each filter ends with a return: what follows the last one was not written.
	n := len(filter)
	for n > 0 && filter[n-1] == (unix.SockFilter{}) {
		n--
	}
	return seccomp.FromFilter(filter[:n])
}

// ptrace makes the call. The kernel writes through data, which the conversion in
// the call keeps in place until it returns (rule 4 of package unsafe).
func ptrace(request, tid int, addr uintptr, data unsafe.Pointer) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, uintptr(data), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

package seccomp

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"

	"github.com/facetd/facetd/seccomp/internal/int80"
	"golang.org/x/sys/unix"
)

// helpCalls makes the calls under the filter and tells what came back.
func helpCalls(req request) (any, error) {
	if err := req.seal(); err != nil {
		return nil, err
	}
	results := make([]result, len(req.Calls))
	for i, c := range req.Calls {
		r, _, errno := unix.RawSyscall6(uintptr(c[0]), uintptr(c[1]), uintptr(c[2]), uintptr(c[3]), uintptr(c[4]), uintptr(c[5]), uintptr(c[6]))
		results[i] = result{uint64(r), errno}
	}
	return results, nil
}

func helpInt80(req request) (any, error) {
	if err := req.seal(); err != nil {
		return nil, err
	}
	return int80.Getpid(), nil
}

const badPointer = 8 // mapped in no process

// Calls that must reach the kernel, told by the errors that only it gives.
func TestLiveAllowed(t *testing.T) {
	tests := []struct {
		name string
		call [7]uint64
		want unix.Errno
	}{
		{"read", [7]uint64{unix.SYS_READ, 999}, unix.EBADF},
		{"write", [7]uint64{unix.SYS_WRITE, 999}, unix.EBADF},
		{"close", [7]uint64{unix.SYS_CLOSE, 999}, unix.EBADF},
		{"fstat", [7]uint64{unix.SYS_FSTAT, 999, badPointer}, unix.EBADF},
		{"pread64", [7]uint64{unix.SYS_PREAD64, 999}, unix.EBADF},
		{"fdatasync", [7]uint64{unix.SYS_FDATASYNC, 999}, unix.EBADF},
		{"ftruncate", [7]uint64{unix.SYS_FTRUNCATE, 999}, unix.EBADF},
		{"getrandom", [7]uint64{unix.SYS_GETRANDOM, badPointer, 8}, unix.EFAULT},
		{"mmap of nothing", [7]uint64{unix.SYS_MMAP, 0, 0, 3, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}, unix.EINVAL},
		{"mprotect unaligned", [7]uint64{unix.SYS_MPROTECT, 1, 1, 3}, unix.EINVAL},
		{"madvise unaligned", [7]uint64{unix.SYS_MADVISE, 1, 1, unix.MADV_DONTNEED}, unix.EINVAL},
		{"futex wait", [7]uint64{unix.SYS_FUTEX, badPointer, 128}, unix.EFAULT},
		{"futex wait, upper half set", [7]uint64{unix.SYS_FUTEX, badPointer, 128 | 1<<40}, unix.EFAULT},
		{"tgkill own, no thread", [7]uint64{unix.SYS_TGKILL, 1, 0, 0}, unix.EINVAL},
		{"fcntl F_GETFL", [7]uint64{unix.SYS_FCNTL, 999, unix.F_GETFL}, unix.EBADF},
		{"prctl name", [7]uint64{unix.SYS_PRCTL, unix.PR_SET_NAME, badPointer}, unix.EFAULT},
		{"sendmsg on 4", [7]uint64{unix.SYS_SENDMSG, 4, badPointer}, unix.EBADF},
		{"recvmsg on 4", [7]uint64{unix.SYS_RECVMSG, 4, badPointer}, unix.EBADF},
		{"epoll_ctl", [7]uint64{unix.SYS_EPOLL_CTL, 999, unix.EPOLL_CTL_DEL, 998}, unix.EBADF},
	}
	req := request{}
	for _, tt := range tests {
		req.Calls = append(req.Calls, tt.call)
	}
	// Descriptors 3 and 4 are the child's network poller by now: close them.
	req.Calls = append([][7]uint64{{unix.SYS_CLOSE, 3}, {unix.SYS_CLOSE, 4}}, req.Calls...)
	for _, filter := range [][]byte{nil, killing(t, Hardened()), killing(t, JIT())} {
		var got []result
		req.Filter = filter
		if signal := ask(t, "calls", req, &got); signal != 0 {
			t.Fatalf("%d bytes of filter: ended by %v", len(filter), signal)
		}
		for i, tt := range tests {
			if got[i+2].Errno != tt.want {
				t.Errorf("%s, %d bytes of filter: %v, want %v", tt.name, len(filter), got[i+2].Errno, tt.want)
			}
		}
	}
}

// killing is the profile's filter with the death of the process as default.
func killing(t *testing.T, p *Profile) []byte {
	t.Helper()
	return mustCompile(t, p.WithDefault(KindKillProcess)).Bytes()
}

// Calls that end the process under the filter, and do not without it.
func TestLiveKilled(t *testing.T) {
	tests := []struct {
		name string
		call [7]uint64
	}{
		{"socket", [7]uint64{unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM}},
		{"open", [7]uint64{unix.SYS_OPEN, badPointer}},
		{"openat", [7]uint64{unix.SYS_OPENAT, 999, badPointer}},
		{"execve", [7]uint64{unix.SYS_EXECVE, badPointer}},
		{"ioctl", [7]uint64{unix.SYS_IOCTL, 999, unix.TIOCSTI}},
		{"mmap executable", [7]uint64{unix.SYS_MMAP, 0, 4096, 5, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}},
		{"mmap shared", [7]uint64{unix.SYS_MMAP, 0, 4096, 3, unix.MAP_SHARED | unix.MAP_ANONYMOUS}},
		{"mprotect executable", [7]uint64{unix.SYS_MPROTECT, 1, 1, 4}},
		{"clone, not all thread flags", [7]uint64{unix.SYS_CLONE, unix.CLONE_THREAD}},
		{"unshare", [7]uint64{unix.SYS_UNSHARE, 1 << 62}},
		{"ptrace", [7]uint64{unix.SYS_PTRACE, 9999}},
		{"bpf", [7]uint64{unix.SYS_BPF, 9999}},
		{"io_uring_setup", [7]uint64{unix.SYS_IO_URING_SETUP, 0, badPointer}},
		{"kill", [7]uint64{unix.SYS_KILL, 9999, 0}},
		{"tgkill of another", [7]uint64{unix.SYS_TGKILL, 9999, 9999, 0}},
		{"futex lock pi", [7]uint64{unix.SYS_FUTEX, badPointer, 6}},
		{"futex requeue", [7]uint64{unix.SYS_FUTEX, badPointer, 3}},
		{"prctl dumpable", [7]uint64{unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0}},
		{"fcntl pipe size", [7]uint64{unix.SYS_FCNTL, 999, unix.F_SETPIPE_SZ, 1 << 20}},
		{"seccomp", [7]uint64{unix.SYS_SECCOMP, 9999}},
		{"sendmsg on 5", [7]uint64{unix.SYS_SENDMSG, 5, badPointer}},
		{"number of the future", [7]uint64{9999}},
		{"x32 write", [7]uint64{uint64(X32Bit) | unix.SYS_WRITE, 999}},
		{"x32 execve", [7]uint64{uint64(X32Bit) | 520, badPointer}},
		{"minus one", [7]uint64{^uint64(0)}},
	}
	// Positive control: without a filter one child survives them all.
	control := request{}
	for _, tt := range tests {
		control.Calls = append(control.Calls, tt.call)
	}
	if signal := ask(t, "calls", control, nil); signal != 0 {
		t.Fatalf("control: ended by %v without a filter", signal)
	}
	filter := killing(t, Hardened())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := request{Filter: filter, Calls: [][7]uint64{tt.call}}
			if signal := ask(t, "calls", req, nil); signal != syscall.SIGSYS {
				t.Errorf("ended by %v, want SIGSYS", signal)
			}
		})
	}
}

func TestLiveInt80(t *testing.T) {
	var pid uint32
	if signal := ask(t, "int80", request{}, &pid); signal != 0 || pid != 1 {
		needed(t, fmt.Sprintf("this kernel does not serve int 0x80 (%v, process %d)", signal, pid))
	}
	// A filter that lets everything pass but what Compile kills by itself.
	filter := mustCompile(t, &Profile{DefaultAction: KindAllow}).Bytes()
	if signal := ask(t, "int80", request{Filter: filter}, nil); signal != syscall.SIGSYS {
		t.Errorf("ended by %v, want SIGSYS", signal)
	}
}

// The whole table: no number that the policy refuses reaches the kernel.
func TestLiveWholeTable(t *testing.T) {
	const marker = 4000 // an error number that the kernel has no use for
	for name, profile := range builtins {
		p := profile().WithDefault(KindErrno)
		errno := uint(marker)
		p.DefaultErrnoRet = &errno
		req := request{Filter: mustCompile(t, p).Bytes()}
		var want []unix.Errno
		for nr := range uint64(600) {
			call := Call{Arch: ArchX8664, NR: uint32(nr), Args: [6]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}}
			action := Explain(p, call).Action
			if action.Kind != KindErrno || passesAlways(uint32(nr)) {
				continue
			}
			req.Calls = append(req.Calls, [7]uint64{nr, call.Args[0], call.Args[1], call.Args[2], call.Args[3], call.Args[4], call.Args[5]})
			want = append(want, unix.Errno(action.Data))
		}
		var got []result
		if signal := ask(t, "calls", req, &got); signal != 0 {
			t.Fatalf("%s: ended by %v", name, signal)
		}
		for i, r := range got {
			if r.Errno != want[i] {
				t.Errorf("%s: %s gave %d, want %d", name, SyscallName(uint32(req.Calls[i][0])), r.Errno, want[i])
			}
		}
		if len(got) < 500 {
			t.Errorf("%s: only %d calls were refused", name, len(got))
		}
	}
}

// passesAlways are the two numbers that the kernel lets past every filter since
// 6.14 and 6.18 (__secure_computing in kernel/seccomp.c): unless the caller is
// the kernel's own probe trampoline they do nothing but raise SIGILL.
func passesAlways(nr uint32) bool {
	name := SyscallName(nr)
	return name == "uretprobe" || name == "uprobe"
}

// helpRefuse offers the kernel each filter that FromFilter refuses.
func helpRefuse(request) (any, error) {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	refused := map[string]unix.Errno{}
	for _, bad := range badFilters {
		_, refused[bad.name] = install(bad.filter, 0)
	}
	_, refused["control"] = install([]unix.SockFilter{end}, 0)
	return refused, nil
}

func TestKernelRefusesToo(t *testing.T) {
	refused := map[string]unix.Errno{}
	if signal := ask(t, "refuse", request{}, &refused); signal != 0 {
		t.Fatal(signal)
	}
	for _, bad := range badFilters {
		if refused[bad.name] != unix.EINVAL {
			t.Errorf("%s: the kernel says %v, want EINVAL", bad.name, refused[bad.name])
		}
	}
	if refused["control"] != 0 {
		t.Errorf("the kernel refuses a good filter too: %v", refused["control"])
	}
}

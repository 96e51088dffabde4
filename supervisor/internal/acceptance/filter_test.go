//go:build linux && amd64

package acceptance

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/seccomp"
	"github.com/facetd/facetd/supervisor"
)

// denied are the system calls that would reach a path, a network or another
// program, or make a descriptor: so none is a socket under the number 4, on which
// alone messages go, once the database has come over it.
var denied = []string{
	"open", "openat", "openat2", "creat", "open_by_handle_at", "name_to_handle_at", "execve", "execveat",
	"stat", "lstat", "statx", "access", "faccessat2", "readlink", "readlinkat", "unlink", "unlinkat", "rename", "renameat2",
	"link", "linkat", "symlink", "symlinkat", "mkdir", "mknod", "chmod", "chown", "truncate", "getdents64", "chdir", "chroot", "pivot_root",
	"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
	"fork", "vfork", "ptrace", "process_vm_readv", "kill", "tkill", "pidfd_open", "pidfd_getfd", "setns", "unshare",
	"mount", "umount2", "bpf", "perf_event_open", "keyctl", "add_key", "io_uring_setup", "userfaultfd", "memfd_create", "inotify_init1",
	"dup", "dup2", "dup3", "pipe", "pipe2", "eventfd", "eventfd2", "epoll_create", "epoll_create1", "timerfd_create", "signalfd", "signalfd4",
	"inotify_init", "fanotify_init", "memfd_secret", "mq_open", "fsopen", "pidfd_getfd", "landlock_create_ruleset", "open_tree", "recvmmsg", "sendmmsg", "recvfrom", "sendto",
	"setuid", "setresuid", "capset", "prlimit64", "setrlimit", "personality", "seccomp", "shmget", "init_module", "kexec_load", "reboot",
}

// TestFilterDenies reads the filter of every thread of a serving facet back from
// the kernel, and asks it what it would do. It serves as before afterwards.
func TestFilterDenies(t *testing.T) {
	needRoot(t, "only root may read a filter from the kernel")
	for name, profile := range map[string]*seccomp.Profile{"hardened": seccomp.Hardened(), "jit": seccomp.JIT()} {
		t.Run(name, func(t *testing.T) {
			h := openHost(t, func(c *supervisor.Config) { c.JIT, c.Pool = name == "jit", -1 })
			o := h.Object("sealed", name)
			s := o.Facets().Get("app", start(h, source(t, "counter.js"), nil))
			mustServe(t, s, "/", "1")
			programs, err := installed(info(t, o, "app").PID)
			if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EIO) {
				mustWork(t, "this kernel does not tell filters (CONFIG_CHECKPOINT_RESTORE): "+err.Error())
			}
			if err != nil {
				t.Fatal(err)
			}
			want, err := seccomp.Compile(profile)
			if err != nil {
				t.Fatal(err)
			}
			for tid, program := range programs {
				if !bytes.Equal(program.Bytes(), want.Bytes()) {
					t.Errorf("thread %d has another filter (%d instructions) than the profile's (%d)", tid, program.Len(), want.Len())
				}
				checkDenied(t, program)
			}
			mustServe(t, s, "/", "2")
		})
	}
}

// checkDenied fails the test where a filter lets one of the denied calls pass. No
// arguments make a difference to a rule that does not exist; a few are tried all
// the same.
func checkDenied(t *testing.T, program *seccomp.Program) {
	t.Helper()
	const all = ^uint64(0)
	for _, command := range []uint64{unix.F_DUPFD, unix.F_DUPFD_CLOEXEC} {
		call := seccomp.Call{Arch: seccomp.ArchX8664, NR: unix.SYS_FCNTL, Args: [6]uint64{3, command, 4}}
		if action, err := program.Evaluate(call); err != nil || action.Executes() {
			t.Errorf("fcntl %d makes a second number for a descriptor: %v, %v", command, action, err)
		}
	}
	arguments := [][6]uint64{{}, {1, 1, 1, 1, 1, 1}, {all, all, all, all, all, all}}
	for _, call := range denied {
		nr, ok := seccomp.SyscallNumber(call)
		if !ok {
			t.Errorf("%s: no such system call", call)
			continue
		}
		for _, args := range arguments {
			action, err := program.Evaluate(seccomp.Call{Arch: seccomp.ArchX8664, NR: nr, Args: args})
			if err != nil {
				t.Fatal(err)
			}
			// Not executed, and the end of the process: an errno would let
			// the attempt pass unseen.
			if action.Kind != seccomp.KindNotify && action.Kind != seccomp.KindKillProcess {
				t.Errorf("%s%v: %v", call, args, action)
			}
		}
	}
}

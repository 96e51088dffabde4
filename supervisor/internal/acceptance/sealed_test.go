//go:build linux && amd64

package acceptance

import (
	"errors"
	"testing"
	"time"

	"github.com/facetd/facetd/seccomp"
	"github.com/facetd/facetd/supervisor"
)

// denied are the system calls that would reach a path, a network or another
// program.
var denied = []string{
	"open", "openat", "openat2", "creat", "open_by_handle_at", "name_to_handle_at", "execve", "execveat",
	"stat", "lstat", "statx", "access", "faccessat2", "readlink", "readlinkat", "unlink", "unlinkat", "rename", "renameat2",
	"link", "linkat", "symlink", "symlinkat", "mkdir", "mknod", "chmod", "chown", "truncate", "getdents64", "chdir", "chroot", "pivot_root",
	"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4",
	"fork", "vfork", "ptrace", "process_vm_readv", "kill", "tkill", "pidfd_open", "pidfd_getfd", "setns", "unshare",
	"mount", "umount2", "bpf", "perf_event_open", "keyctl", "add_key", "io_uring_setup", "userfaultfd", "memfd_create", "inotify_init1",
	"setuid", "setresuid", "capset", "prlimit64", "setrlimit", "personality", "seccomp", "shmget", "init_module", "kexec_load", "reboot",
}

// TestFilterDenies asks the filters that the supervisor installs what they would
// do. No arguments make a difference to a rule that does not exist; a few are
// tried all the same.
func TestFilterDenies(t *testing.T) {
	const all = ^uint64(0)
	arguments := [][6]uint64{{}, {1, 1, 1, 1, 1, 1}, {all, all, all, all, all, all}}
	for name, profile := range map[string]*seccomp.Profile{"hardened": seccomp.Hardened(), "jit": seccomp.JIT()} {
		t.Run(name, func(t *testing.T) {
			program, err := seccomp.Compile(profile)
			if err != nil {
				t.Fatal(err)
			}
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
					if action.Kind != seccomp.KindNotify {
						t.Errorf("%s%v: %v", call, args, action)
					}
				}
			}
		})
	}
}

// TestServesWithoutViolation lets a facet use everything the runtime has for a
// while. The policy kills at the first call that it denies, so that the facet
// still runs is the proof that there was none.
func TestServesWithoutViolation(t *testing.T) {
	for name, jit := range map[string]bool{"hardened": false, "jit": true} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan *supervisor.VerdictError, 16)
			h := openHost(t, func(c *supervisor.Config) {
				c.JIT, c.Ended = jit, func(v *supervisor.VerdictError) { ended <- v }
				c.Limits.CPU = 20 * time.Second
			})
			s := h.Object("sealed", "house").Facets().Get("app", start(h, source(t, "tour.js"), nil))
			span := 2 * time.Second
			if long() {
				span = 30 * time.Second
			}
			visits := 0
			for end := time.Now().Add(span); time.Now().Before(end); visits++ {
				mustServe(t, s, "/", "fine")
				_, err := fetch(s, "/throw")
				if e := new(supervisor.RemoteError); !errors.As(err, &e) || e.Name != "RangeError" {
					t.Fatalf("an exception: %v", err)
				}
				if status, _ := post(s, "/", 1<<20); status != 200 {
					t.Fatalf("a large request: status %d", status)
				}
			}
			select {
			case v := <-ended:
				t.Errorf("an instance ended: %v", v)
			default:
			}
			t.Logf("%d visits", visits)
		})
	}
}

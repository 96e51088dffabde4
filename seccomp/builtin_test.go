package seccomp

import (
	"testing"

	"golang.org/x/sys/unix"
)

// What matters most of the built-in policies, said once more and independently
// of their text.
func TestBuiltinsRefuse(t *testing.T) {
	native := func(name string, args ...uint64) Call {
		nr, ok := SyscallNumber(name)
		if !ok {
			t.Fatalf("no syscall %q", name)
		}
		c := Call{Arch: ArchX8664, NR: nr}
		copy(c.Args[:], args)
		return c
	}
	const anonymous = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	refused := map[string]Call{
		"socket":                   native("socket", unix.AF_INET),
		"open":                     native("open"),
		"openat2":                  native("openat2"),
		"execve":                   native("execve"),
		"io_uring_setup":           native("io_uring_setup"),
		"ptrace":                   native("ptrace"),
		"ioctl":                    native("ioctl", 0, unix.TIOCSTI),
		"seccomp":                  native("seccomp"),
		"fork by clone":            native("clone", uint64(unix.SIGCHLD)),
		"thread in a new user ns":  native("clone", 0x3d0f00|unix.CLONE_NEWUSER),
		"clone flags upper half":   native("clone", 0x3d0f00|1<<40),
		"mmap executable":          native("mmap", 0, 4096, unix.PROT_READ|unix.PROT_EXEC, anonymous),
		"mmap of a file":           native("mmap", 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE),
		"mmap shared":              native("mmap", 0, 4096, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_ANONYMOUS),
		"mmap grows down":          native("mmap", 0, 4096, unix.PROT_READ, anonymous|unix.MAP_GROWSDOWN),
		"mprotect executable":      native("mprotect", 0, 4096, unix.PROT_EXEC),
		"mprotect upper half":      native("mprotect", 0, 4096, 1<<32),
		"signal to another":        native("tgkill", 2, 2, uint64(unix.SIGKILL)),
		"kill":                     native("kill", 1, 9),
		"futex lock pi":            native("futex", 0, 6),
		"futex requeue":            native("futex", 0, 3),
		"futex cmp requeue pi":     native("futex", 0, 12|128),
		"sendmsg elsewhere":        native("sendmsg", 3),
		"recvmsg elsewhere":        native("recvmsg", 5),
		"recvmsg on the link":      native("recvmsg", 3),
		"a second number":          native("fcntl", 3, unix.F_DUPFD_CLOEXEC, 4),
		"pipe size":                native("fcntl", 1, unix.F_SETPIPE_SZ, 1<<20),
		"O_ASYNC":                  native("fcntl", 1, unix.F_SETFL, unix.O_ASYNC),
		"dumpable":                 native("prctl", unix.PR_SET_DUMPABLE, 1),
		"death signal off":         native("prctl", unix.PR_SET_PDEATHSIG, 0),
		"vma name, other request":  native("prctl", unix.PR_SET_VMA, 1),
		"merge pages":              native("madvise", 0, 4096, unix.MADV_MERGEABLE),
		"number of the far future": {Arch: ArchX8664, NR: 9999},
		"x32 write":                {Arch: ArchX8664, NR: X32Bit | unix.SYS_WRITE},
		"i386 exit":                {Arch: ArchI386, NR: 1},
		"negative":                 {Arch: ArchX8664, NR: 0xffffffff},
	}
	for profileName, profile := range builtins {
		program := mustCompile(t, profile())
		for name, call := range refused {
			action, err := program.Evaluate(call)
			if err != nil || (action.Kind != KindNotify && action.Kind != KindKillProcess) {
				t.Errorf("%s: %s: %v, %v", profileName, name, action, err)
			}
		}
	}
}

// Every copy is the caller's own.
func TestBuiltinsAreCopies(t *testing.T) {
	p := Hardened()
	p.Syscalls[0].Names[0] = "ptrace"
	p.Syscalls[0].Args[0].Value = 0
	if q := Hardened(); q.Syscalls[0].Names[0] == "ptrace" || q.Syscalls[0].Args[0].Value == 0 {
		t.Error("changing one copy changed the next")
	}
}

func TestWithDefault(t *testing.T) {
	p := Hardened().WithDefault(KindKillProcess)
	got, err := mustCompile(t, p).Evaluate(Call{Arch: ArchX8664, NR: unix.SYS_SOCKET})
	if err != nil || got.Kind != KindKillProcess {
		t.Errorf("socket: %v, %v", got, err)
	}
	if Hardened().DefaultAction != KindNotify {
		t.Error("the original changed")
	}
}

// The policy for the compiling engine has no allowance of its own; when it needs
// one, this test is where it is written down.
func TestJITAllowsNoMore(t *testing.T) {
	hardened, jit := mustCompile(t, Hardened()), mustCompile(t, JIT())
	for _, call := range calls(JIT()) {
		with, err := jit.Evaluate(call)
		if err != nil {
			t.Fatal(err)
		}
		without, err := hardened.Evaluate(call)
		if err != nil {
			t.Fatal(err)
		}
		if with.Executes() && !without.Executes() {
			t.Fatalf("%s is allowed with the compilers on only", Explain(JIT(), call))
		}
	}
}

package seccomp

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// one is a profile of one rule over a default that kills.
func one(r Rule) *Profile {
	return &Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{r}}
}

func allow(comment, name string, args ...Arg) Rule {
	return Rule{Names: []string{name}, Action: KindAllow, Args: args, Comment: comment}
}

func deny(name string, errno uint, args ...Arg) Rule {
	return Rule{Names: []string{name}, Action: KindErrno, ErrnoRet: &errno, Args: args, Comment: "denied"}
}

// Each check finds its mistake, and says nothing of the same thing done well.
func TestLint(t *testing.T) {
	anonymous := Arg{Index: 3, Op: OpEqual, Value: unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}
	tests := []struct {
		name, id  string
		bad, good *Profile
	}{
		{"not valid", "SC000", &Profile{}, &Profile{DefaultAction: KindKillProcess}},
		{"no comment", "SC001", one(allow("", "read")), one(allow("Go", "read"))},
		{"ptrace", "SC002", one(allow("x", "ptrace", Arg{Index: 0, Op: OpEqual})), one(deny("ptrace", 1))},
		{"io_uring", "SC002", one(allow("x", "io_uring_setup")), one(allow("x", "write"))},
		{"clone3", "SC002", one(allow("x", "clone3")), one(deny("clone3", uint(unix.ENOSYS)))},
		{"openat", "SC002", one(Rule{Names: []string{"openat"}, Action: KindLog, Comment: "x"}), one(deny("openat", uint(unix.ENOENT)))},
		{"any ioctl", "SC003", one(allow("x", "ioctl")), one(allow("x", "ioctl", Arg{Index: 1, Op: OpEqual, Value: unix.TIOCINQ}))},
		{"writable and executable", "SC004", one(allow("x", "mprotect")), one(allow("x", "mprotect", Arg{Index: 2, Op: OpMaskedEqual, Value: 4}))},
		{"writable and executable, checked elsewhere", "SC004", one(allow("x", "mmap", anonymous)), one(allow("x", "mmap", anonymous, Arg{Index: 2, Op: OpLess, Value: 4}))},
		{"executable", "SC005", one(allow("x", "mprotect", Arg{Index: 2, Op: OpEqual, Value: 5})), one(allow("x", "mprotect", Arg{Index: 2, Op: OpEqual, Value: 3}))},
		{"executable, denied before", "SC005",
			one(allow("x", "mprotect", Arg{Index: 2, Op: OpMaskedEqual, Value: 2})),
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{
				deny("mprotect", 1, Arg{Index: 2, Op: OpMaskedEqual, Value: 4, ValueTwo: 4}),
				allow("x", "mprotect", Arg{Index: 2, Op: OpMaskedEqual, Value: 2}),
			}}},
		{"after one without conditions", "SC006",
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{allow("x", "read"), deny("read", 1, Arg{Index: 0, Op: OpEqual, Value: 3})}},
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{deny("read", 1, Arg{Index: 0, Op: OpEqual, Value: 3}), allow("x", "read")}}},
		{"after a wider mask", "SC006",
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{allow("x", "read", Arg{Index: 2, Op: OpMaskedEqual, Value: 4}), allow("x", "read", Arg{Index: 2, Op: OpEqual, Value: 3})}},
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{allow("x", "read", Arg{Index: 2, Op: OpEqual, Value: 3}), allow("x", "read", Arg{Index: 2, Op: OpMaskedEqual, Value: 4})}}},
		{"kill under kill", "SC007",
			one(Rule{Names: []string{"read"}, Action: KindKillProcess, Comment: "x"}),
			&Profile{DefaultAction: KindNotify, Syscalls: []Rule{{Names: []string{"read"}, Action: KindKillProcess, Comment: "x"}}}},
		{"kill before an allowance", "SC007",
			one(Rule{Names: []string{"read"}, Action: KindKillProcess, Comment: "x"}),
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{{Names: []string{"read"}, Action: KindKillProcess, Args: []Arg{{Index: 0, Op: OpEqual}}, Comment: "x"}, allow("x", "read")}}},
		{"default allows", "SC008", &Profile{DefaultAction: KindAllow}, &Profile{DefaultAction: KindNotify}},
		{"not equal", "SC009", one(allow("x", "prctl", Arg{Index: 0, Op: OpNotEqual, Value: 4})), one(allow("x", "prctl", Arg{Index: 0, Op: OpEqual, Value: 15}))},
		{"deny 64 bits, then allow", "SC009",
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{deny("prctl", 1, Arg{Index: 0, Op: OpEqual, Value: 4}), allow("x", "prctl")}},
			&Profile{DefaultAction: KindKillProcess, Syscalls: []Rule{deny("prctl", 1, Arg{Index: 0, Op: OpMaskedEqual, Value: 0xffffffff, ValueTwo: 4}), allow("x", "prctl")}}},
		{"errno 0", "SC010", one(deny("read", 0)), one(deny("read", 1))},
		{"trap", "SC011", &Profile{DefaultAction: KindTrap}, &Profile{DefaultAction: KindNotify}},
		{"kill thread", "SC011", one(Rule{Names: []string{"read"}, Action: KindKill, Comment: "x"}), one(deny("read", 1))},
		{"speculation", "SC012", &Profile{DefaultAction: KindNotify, Flags: []string{"SECCOMP_FILTER_FLAG_SPEC_ALLOW"}}, &Profile{DefaultAction: KindNotify, Flags: []string{"SECCOMP_FILTER_FLAG_LOG"}}},
		{"soft refusal", "SC013", one(deny("read", 1)), &Profile{DefaultAction: KindNotify}},
	}
	tested := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			has := func(f Finding) bool { return f.ID == tt.id }
			if got := Lint(tt.bad); !slices.ContainsFunc(got, has) {
				t.Errorf("%s not found; found %+v", tt.id, got)
			}
			if got := Lint(tt.good); slices.ContainsFunc(got, has) {
				t.Errorf("%s found where there is nothing to find: %+v", tt.id, got)
			}
		})
		tested[tt.id] = true
	}
	for _, check := range Checks() {
		if !tested[check.ID] {
			t.Errorf("%s has no test", check.ID)
		}
	}
}

// The built-in policies have nothing but their soft refusals, each with a reason.
func TestBuiltinsAreClean(t *testing.T) {
	for name, profile := range builtins {
		for _, f := range Lint(profile()) {
			if f.ID != checkSoft.ID {
				t.Errorf("%s: line %d: %+v", name, f.Line, f)
			}
		}
	}
}

func TestDangerousNamesExist(t *testing.T) {
	for name := range neverSafe {
		if _, ok := SyscallNumber(name); !ok {
			t.Errorf("%s is no syscall of this architecture", name)
		}
		if _, ok := needsArguments[name]; ok {
			t.Errorf("%s is in both lists", name)
		}
	}
	for name := range needsArguments {
		if _, ok := SyscallNumber(name); !ok {
			t.Errorf("%s is no syscall of this architecture", name)
		}
	}
}

func TestExplain(t *testing.T) {
	p := Hardened()
	tests := []struct {
		name string
		call Call
		want []string
	}{
		{"allowed", Call{Arch: ArchX8664, NR: unix.SYS_GETRANDOM}, []string{"getrandom: SCMP_ACT_ALLOW by rule", "(line ", "/dev/urandom"}},
		{"soft", Call{Arch: ArchX8664, NR: unix.SYS_CLONE3}, []string{"SCMP_ACT_ERRNO(ENOSYS)", "pthread_create"}},
		{"no rule", Call{Arch: ArchX8664, NR: unix.SYS_SOCKET}, []string{"socket: SCMP_ACT_NOTIFY by default: no rule names it"}},
		{"conditions", Call{Arch: ArchX8664, NR: unix.SYS_MPROTECT, Args: [6]uint64{2: 4}}, []string{"by default", "asks for argument 2 & 0xfffffffffffffffc == 0x0, which is 0x4"}},
		{"x32", Call{Arch: ArchX8664, NR: X32Bit | 1}, []string{"SCMP_ACT_KILL_PROCESS", "write (x32)"}},
		{"i386", Call{Arch: ArchI386, NR: 1}, []string{"SCMP_ACT_KILL_PROCESS", "int 0x80"}},
		{"unknown", Call{Arch: ArchX8664, NR: 9999}, []string{"syscall_9999"}},
	}
	for _, tt := range tests {
		got := Explain(p, tt.call).String()
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %q", tt.name, want, got)
			}
		}
	}
	if got := Explain(&Profile{}, Call{}); got.Action.Kind != KindKillProcess || !strings.Contains(got.Text, "not valid") {
		t.Errorf("profile that is not valid: %+v", got)
	}
}

func TestSyscallNames(t *testing.T) {
	for nr, want := range map[uint32]string{
		0: "read", 59: "execve", 202: "futex", 336: "uprobe", 471: "rseq_slice_yield", 9999: "syscall_9999",
		X32Bit | 1: "write (x32)", 0xffffffff: "syscall_4294967295",
	} {
		if got := SyscallName(nr); got != want {
			t.Errorf("%d: %q, want %q", nr, got, want)
		}
	}
	for name, nr := range syscallNumbers {
		if SyscallName(nr) != name {
			t.Errorf("%s is %d, which is %s", name, nr, SyscallName(nr))
		}
	}
}

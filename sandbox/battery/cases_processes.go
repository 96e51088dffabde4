package battery

import (
	"strings"
)

// foreign is what keeps a process from acting on one of the host's.
const foreign = pidNS | filter | ids

// onProcess is an attempt to look into a process of the supervisor's user.
func onProcess(name, probe, reached string) Attempt {
	return Attempt{Name: name, Probe: probe, Holders: foreign | landlock, Also: userNS | caps, Reached: reached}
}

var processes = []Case{
	{Number: 19, Name: "make a process", Expect: "DK", Attempts: []Attempt{
		{Name: "clone", Probe: "fork", Holders: filter},
		{Name: "fork", Probe: "call fork", Holders: filter, NoControl: "the raw call would run two copies of the attacker"},
		{Name: "vfork", Probe: "call vfork", Holders: filter, NoControl: "the raw call would run two copies of the attacker"},
		{Name: "clone3", Probe: "call clone3 buf:64 64", Holders: filter, NoControl: "the raw call would run two copies of the attacker"},
	}},
	{Number: 20, Name: "run a program", Expect: "DK", Gravest: true, App: []AppAttempt{
		{Name: "import node:child_process", Script: "return String((await import([\"node\", \"child_process\"].join(\":\"))).execSync(\"id\"))", Wall: noModule},
	}, Attempts: []Attempt{
		{Name: "execve", Probe: "exec /bin/true", Holders: paths},
		{Name: "from memory", Probe: "memfd-exec", Holders: noMemory | filter, Limits: oneFile},
	}},
	{Number: 21, Name: "trace a process", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "PTRACE_SEIZE", Probe: "ptrace {pid}", Holders: foreign | landlock | userNS | caps},
		onProcess("PTRACE_ATTACH", "call ptrace 16 {pid} 0 0", ""),
		{Name: "PTRACE_TRACEME", Probe: "call ptrace 0 0 0 0", Holders: filter, Surface: true, NoControl: "the next signal would stop the attacker for its tracer"},
	}},
	{Number: 22, Name: "read another process's memory or take its descriptors", Expect: "DK", Gravest: true, Attempts: []Attempt{
		onProcess("process_vm_readv", "call process_vm_readv {pid} iov:8 1 riov:8:8 1 0", "EFAULT"),
		onProcess("process_vm_writev", "call process_vm_writev {pid} iov:8 1 riov:8:8 1 0", "EFAULT"),
		onProcess("pidfd_getfd", "call pidfd_open {pid} 0 ; pidfd_getfd $0 0 0", ""),
		onProcess("kcmp", "call kcmp {pid} {pid} 0 0 0", ""),
		{Name: "/proc/PID/mem", Probe: "call openat -100 str:/proc/{pid}/mem 2", Holders: paths | ids, Also: pidNS | userNS | caps},
		{Name: "process_madvise", Probe: "call pidfd_open {pid} 0 ; process_madvise $0 riov:8:8 1 20 0", Holders: pidNS | filter, Also: userNS | caps | ids | landlock, Reached: "ENOMEM EINVAL EFAULT EPERM"},
	}},
	{Number: 23, Name: "signal the supervisor or another process", Expect: "DK", Gravest: true, Attempts: []Attempt{
		signalling("kill", "signal {pid}"), signalling("kill the supervisor", "signal {self}"),
		signalling("tkill", "call tkill {pid} 0"), signalling("tgkill", "call tgkill {pid} {pid} 0"),
		signalling("pidfd_send_signal", "call pidfd_open {pid} 0 ; pidfd_send_signal $0 0 0 0"),
	}, Tests: tests("sandbox", "TestSignalsNobody")},
	{Number: 24, Name: "become another user, win a capability", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "setresuid", Probe: "setuid 12345", Holders: caps | filter | ids, Also: userNS},
		{Name: "setresgid", Probe: "call setresgid 12345 12345 12345", Holders: caps | filter | ids, Also: userNS},
		{Name: "setgroups", Probe: "call setgroups 1 hex:01000000", Holders: caps | filter | ids, Also: userNS},
		{Name: "capset", Probe: "call capset hex:2205082000000000 hex:000020000000200000000000000000000000000000000000", Holders: caps | filter | ids, Also: userNS},
		{Name: "secure bits", Probe: "call prctl 28 0", Holders: caps | filter | ids, Also: userNS},
	}},
	{Number: 25, Name: "make or enter a namespace", Expect: "DK", Gravest: true, Attempts: []Attempt{
		{Name: "clone NEWUSER", Probe: "newuser", Holders: noNewNS | filter},
		{Name: "unshare NEWNS", Probe: "call unshare 0x20000", Holders: caps | filter, Also: ids | userNS},
		{Name: "unshare NEWNET", Probe: "call unshare 0x40000000", Holders: caps | filter, Also: ids | userNS},
		{Name: "setns", Probe: "call pidfd_open {pid} 0 ; setns $0 0x20000", Holders: pidNS | caps | userNS | filter, Also: ids | landlock, Reached: "EINVAL"},
	}},
	{Number: 26, Name: "undo attributes of the process", Expect: "DK", Attempts: []Attempt{
		{Name: "PR_SET_DUMPABLE", Probe: "call prctl 4 1", Holders: filter},
		{Name: "PR_SET_PDEATHSIG", Probe: "call prctl 1 0", Holders: filter},
		{Name: "PR_SET_NO_NEW_PRIVS 0", Probe: "call prctl 38 0", Holders: filter, Surface: true},
		{Name: "PR_SET_MM", Probe: "call prctl 35 1 0 0 0", Holders: filter, Surface: true},
		{Name: "PR_SET_TSC", Probe: "call prctl 26 2", Holders: filter, NoControl: "the process would fault at its next look at the clock"},
		{Name: "PR_SET_SPECULATION_CONTROL", Probe: "call prctl 53 0 2 0 0", Holders: filter, Surface: true},
		{Name: "PR_SET_THP_DISABLE 0", Probe: "call prctl 41 0 0 0 0", Holders: filter},
		{Name: "no_new_privs is set", Probe: "prctl 39", Holders: nnp, Also: filter | landlock, Leak: func(s string, _ *Battery) bool { return s == "0" }},
	}},
	{Number: 27, Name: "a filter of one's own", Expect: "K", Attempts: surface(
		"seccomp 1 0 bad", "seccomp 0 1 0", "prctl 22 2 bad", "seccomp 1 8 bad")},
	{Number: 28, Name: "leave a process behind that outlives the facet", Expect: "K", Gravest: true, Attempts: []Attempt{
		{Name: "double fork", Probe: "daemonise", Holders: pidNS | filter, Also: cgroup, Survives: true},
	}, Tests: tests("sandbox", "TestSupervisorKilled", "TestSweepKills")},
	{Number: 29, Name: "ignore SIGTERM, stop oneself", Expect: "LKR",
		Tests: append(tests("sandbox", "TestKill"), append(tests("supervisor", "TestRealStopped"), tests("supervisor/internal/instance", "TestStopHangs")...)...)},
	{Number: 30, Name: "type into the supervisor's terminal", Expect: "K", Attempts: []Attempt{
		{Name: "TIOCSTI", Probe: "call ioctl 0 0x5412 str:x", Holders: filter, Surface: true},
		{Name: "open /dev/tty", Probe: "call openat -100 str:/dev/tty 2", Holders: paths, Also: userNS | ids | caps, Reached: "ENXIO", Host: "/dev/tty"},
	}},
	{Number: 31, Name: "use inherited descriptors", Expect: "D", Gravest: false, Attempts: []Attempt{
		{Name: "all", Probe: "fds", Holders: cleanFDs, Leak: func(s string, _ *Battery) bool { return strings.Contains(s+" ", " 200 ") }},
		{Name: "a file", Probe: "call pread64 200 buf:8 8 0", Holders: cleanFDs},
	}, Tests: append(tests("sandbox", "TestPosture"), tests("supervisor/internal/acceptance", "TestPosture")...)},
	{Number: 32, Name: "read the supervisor's environment", Expect: "DK", Attempts: []Attempt{
		{Name: "own environment", Probe: "env", Holders: cleanEnv, Leak: func(s string, _ *Battery) bool { return strings.Contains(s, secretVariable) }},
	}, Tests: tests("sandbox", "TestExtraEnv")},
	{Number: 33, Name: "raise one's priority", Expect: "DK", Attempts: []Attempt{
		{Name: "setpriority", Probe: "call setpriority 0 0 -20", Holders: caps | userNS | filter, Also: ids | rlimits},
		{Name: "ioprio_set", Probe: "call ioprio_set 1 0 0x2000", Holders: caps | userNS | filter, Also: ids},
		{Name: "sched_setscheduler", Probe: "call sched_setscheduler 0 1 hex:01000000", Holders: caps | userNS | filter, Also: ids | rlimits | cgroup, Unseen: noRealTime},
		{Name: "sched_setattr", Probe: "call sched_setattr 0 bad 0", Holders: filter, Surface: true},
		{Name: "sched_setaffinity", Probe: "call sched_setaffinity 0 8 hex:0100000000000000", Holders: filter},
		{Name: "prlimit64", Probe: "call prlimit64 0 7 0 buf:16", Holders: filter},
	}},
	{Number: 34, Name: "kernel keys", Expect: "K", Attempts: surface(
		"add_key str:user str:k str:v 1 -3", "request_key str:user str:k 0 -3", "keyctl 0 -3 1")},
}

func signalling(name, probe string) Attempt {
	return Attempt{Name: name, Probe: probe, Holders: foreign | landlock, Also: userNS | caps, LandlockABI: landlockScope}
}

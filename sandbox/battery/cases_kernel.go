package battery

var kernel = []Case{
	{Number: 35, Name: "io_uring", Expect: "K", Attempts: surface(
		"io_uring_setup 1 bad", "io_uring_enter -1 0 0 0 0 0", "io_uring_register -1 0 0 0")},
	{Number: 36, Name: "bpf, perf, userfaultfd", Expect: "K", Attempts: surface(
		"bpf 0 bad 0", "perf_event_open bad 0 0 -1 0", "userfaultfd 0")},
	{Number: 37, Name: "sockets of every family", Expect: "K", Attempts: surface(
		"socket 1 1 0", "socket 2 1 0", "socket 2 2 0", "socket 10 1 0", "socket 16 3 0", "socket 17 3 0", "socket 33 2 2",
		"socket 38 5 0", "socket 40 1 0", "socketpair 1 1 0 bad", "accept4 3 0 0 0", "bind 3 bad 0", "listen 3 1", "connect 3 bad 0")},
	{Number: 38, Name: "socket options, splice", Expect: "K", Attempts: surface(
		"setsockopt 3 6 31 str:tls 3", "setsockopt 3 1 7 hex:00000100 4", "splice -1 0 -1 0 8 0", "vmsplice -1 bad 1 0", "tee -1 -1 8 0", "sendfile 1 0 0 8",
		"copy_file_range 0 0 1 0 8 0")},
	{Number: 39, Name: "numbers of the x32 ABI", Expect: "K", Attempts: []Attempt{
		{Name: "getpid", Probe: "call 0x40000027", Holders: filter, Reached: "ENOSYS"},
		{Name: "openat", Probe: "call 0x40000101 -100 bad 0", Holders: filter, Reached: "ENOSYS EFAULT"},
		{Name: "execve", Probe: "call 0x40000208 bad 0 0", Holders: filter, Reached: "ENOSYS EFAULT"},
		{Name: "negative", Probe: "call 0x80000001", Holders: filter, Reached: "ENOSYS"},
	}},
	{Number: 40, Name: "the 32-bit ABI (int 0x80)", Expect: "K", Attempts: []Attempt{
		{Name: "getpid", Probe: "int80 20", Holders: filter, Reached: "ENOSYS"},
		{Name: "execve", Probe: "int80 11", Holders: filter, Reached: "EFAULT ENOENT ENOSYS"},
		{Name: "socketcall", Probe: "int80 102", Holders: filter, Reached: "EFAULT EINVAL ENOSYS"},
	}},
	{Number: 41, Name: "system calls of the future", Expect: "K", Attempts: []Attempt{
		{Name: "the first unused", Probe: "call 480", Holders: filter, Reached: "ENOSYS"},
		{Name: "far beyond", Probe: "call 0x3fffffff", Holders: filter, Reached: "ENOSYS"},
	}},
	{Number: 42, Name: "clone with other flags than a thread's", Expect: "DK", Attempts: []Attempt{
		{Name: "clone3 answers ENOSYS", Probe: "call clone3 bad 64", Holders: filter, Surface: true},
		{Name: "CLONE_THREAD alone", Probe: "call clone 0x10000 0 0 0 0", Holders: filter, Surface: true},
		{Name: "a thread's flags and NEWUSER", Probe: "call clone 0x103d0f00 0 0 0 0", Holders: filter, Surface: true},
		{Name: "CLONE_VM alone", Probe: "call clone 0x10100 0 0 0 0", Holders: filter, Surface: true},
	}},
	{Number: 43, Name: "personality", Expect: "K", Attempts: surface("personality 0x40000", "personality 0x400000")},
	{Number: 44, Name: "executable memory", Expect: "K", Attempts: []Attempt{
		{Name: "mmap rx", Probe: "call mmap 0 4096 5 0x22 -1 0", Holders: filter},
		{Name: "mmap rwx", Probe: "call mmap 0 4096 7 0x22 -1 0", Holders: filter},
		{Name: "mprotect x", Probe: "call mmap 0 4096 3 0x22 -1 0 ; mprotect $0 4096 5", Holders: filter},
		{Name: "pkey_mprotect", Probe: "call mmap 0 4096 3 0x22 -1 0 ; pkey_mprotect $0 4096 5 -1", Holders: filter},
		{Name: "a file, executable", Probe: "call mmap 0 4096 5 2 file:0 0", Holders: filter, Files: true},
		{Name: "mremap to an address", Probe: "call mremap bad 0 0 3 0", Holders: filter, Surface: true},
	}},
	{Number: 45, Name: "futex: priority inheritance, requeue (CVE-2026-43499)", Expect: "K", Attempts: surface(
		"futex bad 3 0 0 bad 0", "futex bad 4 0 0 bad 0", "futex bad 5 0 0 bad 0", "futex bad 6 0 0 0 0", "futex bad 7 0 0 0 0",
		"futex bad 8 0 0 0 0", "futex bad 11 0 0 bad 0", "futex bad 12 0 0 bad 0", "futex bad 13 0 0 0 0", "futex bad 0x86 0 0 0 0",
		"futex_waitv bad 1 0 0 0", "futex_requeue bad 0 0 0", "futex_wait bad 0 0 0 0 0", "get_robust_list 0 bad bad")},
	{Number: 46, Name: "ioctl of any kind", Expect: "K", Attempts: surface(
		"ioctl 3 0x541b bad", "ioctl 3 0x5421 bad", "ioctl 3 0x5451 0", "ioctl 1 0x5401 bad", "ioctl 3 0x8933 bad")},
	{Number: 47, Name: "processor state", Expect: "K", Attempts: surface(
		"modify_ldt 1 bad 0", "arch_prctl 0x1002 0x4000000000000000", "arch_prctl 0x5001 1", "iopl 3", "ioperm 0 1 1")},
	{Number: 48, Name: "arguments with their upper half set", Expect: "K", Attempts: []Attempt{
		{Name: "mmap prot", Probe: "call mmap 0 4096 0x100000003 0x22 -1 0", Holders: filter},
		{Name: "mprotect prot", Probe: "call mprotect 0 0 0x100000001", Holders: filter, Surface: true},
		{Name: "clone flags", Probe: "call clone 0x1003d0f00 0 0 0 0", Holders: filter, NoControl: "a thread without a stack of its own would run wild"},
		{Name: "fcntl F_SETFL", Probe: "call fcntl 3 4 0x100000802", Holders: filter},
	}, Tests: tests("seccomp", "TestBuiltinsDoWhatTheySay")},
}

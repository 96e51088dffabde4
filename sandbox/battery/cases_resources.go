package battery

// uncounted: RLIMIT_DATA refuses memory, which the engine reports, or which ends it,
// unless the time is up before.
var uncounted = []string{"Out of memory", "crashed", spent}

var resources = []Case{
	{Number: 57, Name: "bombs of processes and threads", Expect: "LK", Attempts: []Attempt{
		{Name: "processes", Probe: "bomb 100", Holders: cgroup | rlimits | filter},
		{Name: "threads", Probe: "threads 100", Holders: cgroup | rlimits},
	}},
	{Number: 58, Name: "take too much memory", Expect: "KL", App: []AppAttempt{
		{Name: "buffers", Script: "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))", Wall: "oom", Uncounted: uncounted},
		{Name: "strings", Script: "const all = []; for (;;) all.push(\"x\".repeat(1 << 20))", Wall: "oom", Uncounted: uncounted},
	}, Attempts: []Attempt{
		{Name: "anonymous memory", Probe: "hog 400", Holders: cgroup | rlimits},
	}, Tests: tests("supervisor/internal/acceptance", "TestNeighbours")},
	{Number: 59, Name: "take swap", Expect: "K", Tests: tests("sandbox", "TestPosture")},
	{Number: 60, Name: "take all descriptors", Expect: "LK", Attempts: []Attempt{
		{Name: "dup", Probe: "descend 300", Holders: rlimits | filter},
	}},
	{Number: 61, Name: "loop for ever, on one thread or many", Expect: "LK", App: []AppAttempt{
		{Name: "for ever", Script: "for (;;);", Wall: spent},
	},
		Tests: append(tests("sandbox", "TestCPULimit"), append(tests("supervisor/internal/instance", "TestCPULimit"), tests("supervisor/internal/acceptance", "TestNeighbours", "TestSiege")...)...)},
	{Number: 62, Name: "fill the disk with database, WAL and logs", Expect: "L",
		Tests: append(tests("supervisor", "TestRealQuota"), append(tests("sandbox", "TestFileSize"), tests("facet/storage", "TestQuotaPages", "TestQuotaLog")...)...)},
	{Number: 63, Name: "flood the log", Expect: "L",
		Tests: append(tests("supervisor/internal/instance", "TestLogs", "TestEndsWithAHostileFlood"), append(tests("supervisor/internal/acceptance", "TestLogFlood"), tests("supervisor", "TestRealLog")...)...)},
	{Number: 64, Name: "a storm of disk writes", Expect: "L", Tests: append(tests("supervisor/internal/acceptance", "TestNeighbours"), tests("sandbox", "TestDiskWrite")...),
		Reason: "the bandwidth of a disk is limited where --disk-rate says so, its space always; the neighbours' latency under it is measured"},
	{Number: 65, Name: "a storm of timers and wake-ups", Expect: "LK", Tests: tests("supervisor/internal/acceptance", "TestNeighbours")},
	{Number: 66, Name: "take all inodes", Expect: "DK", Attempts: []Attempt{
		open("{dir}/new", create, paths, 0),
		{Name: "in the empty root", Probe: "call openat -100 str:/new 0x41 0x1b6", Holders: root | landlock | filter, NoControl: "it would make a file on the host"},
		{Name: "folders", Probe: "call mkdir str:{dir}/new 0x1ff", Holders: paths},
	}},
	{Number: 67, Name: "pipes, queues, shared memory, memory files", Expect: "K", Attempts: append(surface(
		"pipe2 buf:8 0", "fcntl 1 1031 1048576", "mq_open str:x 0x42 0x180 0", "msgget 0 0x3b6", "semget 0 1 0x3b6", "memfd_create str:x 0", "memfd_secret 0",
		"eventfd2 0 0", "timerfd_create 0 0", "signalfd4 -1 buf:8 8 0", "timer_create 0 0 buf:8"),
		Attempt{Name: "shared memory of the host", Probe: "shm {key}", Holders: ipcNS | filter})},
	{Number: 68, Name: "memory of the kernel", Expect: "K", Attempts: surface(
		"epoll_create1 0", "landlock_create_ruleset 0 0 1", "mlock 0 4096", "mlockall 1", "membarrier 0 0 0", "add_key str:user str:k str:v 1 -3")},
	{Number: 69, Name: "change or leave one's cgroup", Expect: "DK", Attempts: []Attempt{
		kernelFile("/sys/fs/cgroup/memory/cgroup.procs"), kernelFile("/sys/fs/cgroup/pids/cgroup.procs"), kernelFile("/sys/fs/cgroup/cgroup.subtree_control"),
	}},
	{Number: 70, Name: "a thousand facets at a client's wish", Expect: "LR",
		Tests: tests("supervisor", "TestNestedInstancesAreBounded", "TestBusy", "TestNamesOfFacetsAreForgotten")},
}

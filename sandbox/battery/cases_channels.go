package battery

var channels = []Case{
	{Number: 105, Name: "high-resolution timers", Expect: "DL", Reason: "the processor's own counter can be read without the kernel: a facet can measure time; see SECURITY.md"},
	{Number: 106, Name: "the page cache as a channel", Expect: "K", Attempts: surface("mincore 0 4096 bad", "cachestat 0 bad bad 0", "fadvise64 0 0 0 4", "readahead 0 0 4096")},
	{Number: 107, Name: "a sibling thread on the same core", Expect: "D", Tests: tests("sandbox", "TestCoreScheduling")},
	{Number: 108, Name: "speculative execution", Expect: "DK", Attempts: []Attempt{
		{Name: "switch the mitigation off", Probe: "call prctl 53 0 2 0 0", Holders: filter, Surface: true},
	}},
	{Number: 109, Name: "what errors and status codes tell", Expect: "R", Tests: append(tests("supervisor", "TestFailuresTellNoPaths"), tests(gateway, "TestAnswers")...)},
}

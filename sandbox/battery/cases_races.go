package battery

var races = []Case{
	{Number: 110, Name: "two first calls at once", Expect: "R", Tests: tests(supervisor, "TestLazyAndOnce")},
	{Number: 111, Name: "abort during the start", Expect: "R", Tests: append(tests(supervisor, "TestAbortWhileStarting"), tests(instance, "TestStartIsCancelled")...)},
	{Number: 112, Name: "delete and clone beside requests", Expect: "R", Tests: append(tests(supervisor, "TestRaces", "TestRealRaces", "TestDelete", "TestClone"), tests("supervisor/internal/tree", "TestConcurrent", "TestCloneOfBusyDatabase", "TestCrash")...)},
	{Number: 113, Name: "crash in the middle of a request, crash loops", Expect: "KLR", Tests: tests(supervisor, "TestCrashAndBackoff", "TestSweepKeepsBackoff", "TestHostileRunner")},
	{Number: 114, Name: "the supervisor is killed", Expect: "K", Tests: append(tests("supervisor/internal/acceptance", "TestKillSupervisor", "TestKillStarting", "TestKillWaiting"), append(tests("sandbox", "TestSupervisorKilled", "TestSweepKills"), tests("supervisor/internal/tree", "TestLock")...)...)},
	{Number: 115, Name: "hibernation beside requests, upgrades", Expect: "R", Tests: tests(supervisor, "TestHibernation", "TestProjectHibernates", "TestShutdownDrains")},
	{Number: 116, Name: "full disk, stopped child, leftovers of cgroups", Expect: "LKR", Tests: append(tests("supervisor/internal/tree", "TestDiskFull", "TestFault"), append(tests(supervisor, "TestRealStopped", "TestNothingIsLeft"), tests("sandbox", "TestSweepLeavesOthersAlone", "TestStress")...)...)},
}

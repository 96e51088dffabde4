package battery

const (
	acceptance = "supervisor/internal/acceptance"
	diskTree   = "supervisor/internal/tree"
)

var races = []Case{
	{Number: 110, Name: "two first calls at once", Expect: "R", Tests: append(tests(supervisor, "TestFirstCallsAtOnce", "TestLazyAndOnce"), tests(diskTree, "TestConcurrentCreate")...)},
	{Number: 111, Name: "abort during the start", Expect: "R", Tests: append(tests(supervisor, "TestAbortAtEachStep", "TestAbortWhileStarting"), tests(instance, "TestStartIsCancelled")...)},
	{Number: 112, Name: "delete and clone beside requests", Expect: "R",
		Tests: append(tests(supervisor, "TestDeleteAtEachStep", "TestCallsWaitForTheCopy", "TestCloneOfAHostileSource", "TestRaces", "TestRealRaces", "TestDelete", "TestClone"),
			append(tests(diskTree, "TestConcurrent", "TestCloneOfBusyDatabase", "TestCrash"), tests(storage, "TestCloneUnderLoad")...)...)},
	{Number: 113, Name: "crash in the middle of a request, crash loops", Expect: "KLR",
		Tests: tests(supervisor, "TestCrashUnderCalls", "TestBackoff", "TestBackoffStartsNothing", "TestCrashAndBackoff", "TestSweepKeepsBackoff", "TestCallMeetsADeadProcess", "TestHostileRunner")},
	{Number: 114, Name: "the supervisor is killed, numbers of processes are used again", Expect: "K",
		Tests: append(tests(acceptance, "TestKillSupervisor", "TestKillStarting", "TestKillWaiting"),
			append(tests("sandbox", "TestSupervisorKilled", "TestSweepKills", "TestNumberIsReused"), tests(diskTree, "TestLock")...)...)},
	{Number: 115, Name: "hibernation beside requests, upgrades", Expect: "R",
		Tests: tests(supervisor, "TestHibernationBesideCalls", "TestClassChangeUnderCalls", "TestHibernation", "TestProjectHibernates", "TestShutdownDrains")},
	{Number: 116, Name: "the clock is set, full disk, no descriptors, stopped child, leftovers of cgroups", Expect: "LKR",
		Tests: append(append(tests(diskTree, "TestDiskFull", "TestFault"), tests("supervisor/internal/alarm", "TestClockIsSet")...),
			append(tests(supervisor, "TestFullDisk", "TestNoDescriptors", "TestRealStopped", "TestNothingIsLeft", "TestRealNothingIsLeft"),
				tests("sandbox", "TestBusyCgroup", "TestSweepKills", "TestSweepLeavesOthersAlone", "TestStress")...)...),
		Reason: "the clock of a whole machine is not set for a test; what is timed is timed by the monotonic one, but for alarms, whose clock a test sets"},
}

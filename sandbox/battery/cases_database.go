package battery

const storage = "facet/storage"

var untrusted = tests(storage, "TestUntrustedSQL", "TestUntrustedSQLCommitted", "TestUntrustedSQLControl")

var database = []Case{
	{Number: 93, Name: "ATTACH another database", Expect: "D", Gravest: false, Tests: untrusted},
	{Number: 94, Name: "extensions and file functions", Expect: "D", Tests: untrusted},
	{Number: 95, Name: "pragmas that change the rules", Expect: "D", Tests: untrusted},
	{Number: 96, Name: "VACUUM INTO a path", Expect: "D", Tests: untrusted},
	{Number: 97, Name: "other virtual tables, shadow tables", Expect: "D", Tests: untrusted},
	{Number: 98, Name: "a corrupt or hostile database file", Expect: "DR", Tests: tests(storage, "TestCorruptFiles", "TestOpenRefusesWhatIsNoDatabase")},
	{Number: 99, Name: "endless statements, quadratic functions", Expect: "LK", Tests: append(tests(storage, "TestQuadraticFunctionsAreBounded", "TestDeadlineInsideATransaction"), untrusted...)},
	{Number: 100, Name: "statements that take all memory", Expect: "L", Tests: tests(storage, "TestQuotaHeap")},
	{Number: 101, Name: "beyond the quota, and back", Expect: "L", Tests: tests(storage, "TestQuotaPages", "TestFullAtTheFirstWrite", "TestQuotaLog")},
	{Number: 102, Name: "killed in the middle of a transaction", Expect: "KL", Tests: append(tests(storage, "TestKillLosesNothing", "TestKillHarnessNoticesALoss"), tests("supervisor/internal/acceptance", "TestKillChild")...)},
	{Number: 103, Name: "tables reserved for facetd", Expect: "D", Tests: untrusted},
	{Number: 104, Name: "names of facets as file names", Expect: "R", Tests: append(tests("supervisor/internal/tree", "TestNames", "TestParseIndexForgedRecordInName"), tests("supervisor", "TestNames")...)},
}

package battery

const storage = "facet/storage"

var untrusted = tests(storage, "TestUntrustedSQL", "TestUntrustedSQLCommitted", "TestUntrustedSQLControl")

var database = []Case{
	{Number: 93, Name: "ATTACH another database", Expect: "D", App: []AppAttempt{
		{Name: "control: SELECT", Script: "return sql(\"SELECT 1\")", Works: true},
		{Name: "ATTACH '/etc/passwd' AS p", Script: "return sql(\"ATTACH '/etc/passwd' AS p\")", Wall: "SQLITE_AUTH"},
		{Name: "ATTACH ':memory:' AS m", Script: "return sql(\"ATTACH ':memory:' AS m\")", Wall: "SQLITE_AUTH"},
		{Name: "ATTACH 'file:/tmp/x?mode=rwc' AS m", Script: "return sql(\"ATTACH 'file:/tmp/x?mode=rwc' AS m\")", Wall: "SQLITE_AUTH"},
	}, Gravest: false, Tests: untrusted},
	{Number: 94, Name: "extensions and file functions", Expect: "D", App: []AppAttempt{
		{Name: "SELECT load_extension('/tmp/x.so')", Script: "return sql(\"SELECT load_extension('/tmp/x.so')\")", Wall: "no such function"},
		{Name: "SELECT readfile('/etc/passwd')", Script: "return sql(\"SELECT readfile('/etc/passwd')\")", Wall: "no such function"},
		{Name: "SELECT writefile('/tmp/x', 'y')", Script: "return sql(\"SELECT writefile('/tmp/x', 'y')\")", Wall: "no such function"},
		{Name: "SELECT fts3_tokenizer('simple')", Script: "return sql(\"SELECT fts3_tokenizer('simple')\")", Wall: "not authorized"},
	}, Tests: untrusted},
	{Number: 95, Name: "pragmas that change the rules", Expect: "D", App: []AppAttempt{
		{Name: "PRAGMA writable_schema = ON", Script: "return sql(\"PRAGMA writable_schema = ON\")", Wall: "SQLITE_AUTH"},
		{Name: "PRAGMA journal_mode = OFF", Script: "return sql(\"PRAGMA journal_mode = OFF\")", Wall: "SQLITE_AUTH"},
		{Name: "PRAGMA mmap_size = 1000000", Script: "return sql(\"PRAGMA mmap_size = 1000000\")", Wall: "SQLITE_AUTH"},
		{Name: "PRAGMA temp_store_directory = '/tmp'", Script: "return sql(\"PRAGMA temp_store_directory = '/tmp'\")", Wall: "SQLITE_AUTH"},
		{Name: "PRAGMA trusted_schema = ON", Script: "return sql(\"PRAGMA trusted_schema = ON\")", Wall: "SQLITE_AUTH"},
		{Name: "PRAGMA locking_mode = NORMAL", Script: "return sql(\"PRAGMA locking_mode = NORMAL\")", Wall: "SQLITE_AUTH"},
	}, Tests: untrusted},
	{Number: 96, Name: "VACUUM INTO a path", Expect: "D", App: []AppAttempt{
		{Name: "VACUUM INTO '/tmp/x'", Script: "return sql(\"VACUUM INTO '/tmp/x'\")", Wall: "cannot VACUUM"},
	}, Tests: untrusted},
	{Number: 97, Name: "other virtual tables, shadow tables", Expect: "D", App: []AppAttempt{
		{Name: "control: fts5", Script: "return sql(\"CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(a)\")", Works: true},
		{Name: "DELETE FROM f_data", Script: "return sql(\"DELETE FROM f_data\")", Wall: "may not be modified"},
		{Name: "CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd')", Script: "return sql(\"CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd')\")", Wall: "SQLITE_AUTH"},
		{Name: "SELECT * FROM dbstat", Script: "return sql(\"SELECT * FROM dbstat\")", Wall: "no such table"},
		{Name: "UPDATE sqlite_master SET sql = 'x'", Script: "return sql(\"UPDATE sqlite_master SET sql = 'x'\")", Wall: "may not be modified"},
	}, Tests: untrusted},
	{Number: 98, Name: "a corrupt or hostile database file", Expect: "DR", Tests: tests(storage, "TestCorruptFiles", "TestHostileSchemas", "TestHostileSchemasControl", "TestOpenRefusesWhatIsNoDatabase")},
	{Number: 99, Name: "endless statements, quadratic functions", Expect: "LK", App: []AppAttempt{
		{Name: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c", Script: "return sql(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c\")", Wall: spent},
		{Name: "SELECT printf('%.*c', 100000000, 'x')", Script: "return sql(\"SELECT printf('%.*c', 100000000, 'x')\")", Wall: "SQLITE_TOOBIG"},
	}, Tests: append(tests(storage, "TestQuadraticFunctionsAreBounded", "TestDeadlineInsideATransaction"), untrusted...)},
	{Number: 100, Name: "statements that take all memory", Expect: "L", App: []AppAttempt{
		{Name: "sort large rows", Script: "return sql(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 1000) SELECT x, zeroblob(500000) AS b FROM c ORDER BY b, x LIMIT 900\").length", Wall: "SQLITE_NOMEM"},
	}, Tests: tests(storage, "TestQuotaHeap")},
	{Number: 101, Name: "beyond the quota, and back", Expect: "L", App: []AppAttempt{
		{Name: "fill the database", Script: "sql(\"CREATE TABLE IF NOT EXISTS big (b)\"); for (;;) { sql(\"INSERT INTO big VALUES (zeroblob(1000000))\"); await scheduler.wait(1); }", Wall: "SQLITE_FULL"},
		{Name: "control: it works afterwards", Script: "return sql(\"SELECT count(*) FROM sqlite_master\")", Works: true},
	}, Tests: append(tests(storage, "TestQuotaPages", "TestFullAndReopened", "TestFullAtTheFirstWrite", "TestQuotaLog", "TestQuotaFileSize"), tests(supervisor, "TestRealQuota")...)},
	{Number: 102, Name: "killed in the middle of a transaction", Expect: "KL", Tests: append(tests(storage, "TestKillLosesNothing", "TestKillHarnessNoticesALoss"), tests("supervisor/internal/acceptance", "TestKillChild")...)},
	{Number: 103, Name: "tables reserved for facetd", Expect: "D", App: []AppAttempt{
		{Name: "control: kv", Script: "ctx.storage.kv.put(\"k\", 1); return ctx.storage.kv.get(\"k\")", Works: true},
		{Name: "SELECT * FROM _cf_KV", Script: "return sql(\"SELECT * FROM _cf_KV\")", Wall: "SQLITE_AUTH"},
		{Name: "DROP TABLE _cf_METADATA", Script: "return sql(\"DROP TABLE _cf_METADATA\")", Wall: "SQLITE_AUTH"},
		{Name: "CREATE TABLE _cf_x(a)", Script: "return sql(\"CREATE TABLE _cf_x(a)\")", Wall: "SQLITE_AUTH"},
	}, Tests: untrusted},
	{Number: 104, Name: "names of facets as file names", Expect: "R", Tests: append(tests("supervisor/internal/tree", "TestNames", "TestParseIndexForgedRecordInName"), tests("supervisor", "TestNames")...)},
}

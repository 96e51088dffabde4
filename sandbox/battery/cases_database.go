package battery

const storage = "facet/storage"

var untrusted = tests(storage, "TestUntrustedSQL", "TestUntrustedSQLCommitted", "TestUntrustedSQLControl")

var database = []Case{
	{Number: 93, Name: "ATTACH another database", Expect: "D", App: []AppAttempt{
		{Name: "control: SELECT", Script: "return sql(\"SELECT 1\")", Works: true},
		{Name: "ATTACH '/etc/passwd' AS p", Script: "return sql(\"ATTACH '/etc/passwd' AS p\")"},
		{Name: "ATTACH ':memory:' AS m", Script: "return sql(\"ATTACH ':memory:' AS m\")"},
		{Name: "ATTACH 'file:/tmp/x?mode=rwc' AS m", Script: "return sql(\"ATTACH 'file:/tmp/x?mode=rwc' AS m\")"},
	}, Gravest: false, Tests: untrusted},
	{Number: 94, Name: "extensions and file functions", Expect: "D", App: []AppAttempt{
		{Name: "SELECT load_extension('/tmp/x.so')", Script: "return sql(\"SELECT load_extension('/tmp/x.so')\")"},
		{Name: "SELECT readfile('/etc/passwd')", Script: "return sql(\"SELECT readfile('/etc/passwd')\")"},
		{Name: "SELECT writefile('/tmp/x', 'y')", Script: "return sql(\"SELECT writefile('/tmp/x', 'y')\")"},
		{Name: "SELECT fts3_tokenizer('simple')", Script: "return sql(\"SELECT fts3_tokenizer('simple')\")"},
	}, Tests: untrusted},
	{Number: 95, Name: "pragmas that change the rules", Expect: "D", App: []AppAttempt{
		{Name: "PRAGMA writable_schema = ON", Script: "return sql(\"PRAGMA writable_schema = ON\")"},
		{Name: "PRAGMA journal_mode = OFF", Script: "return sql(\"PRAGMA journal_mode = OFF\")"},
		{Name: "PRAGMA mmap_size = 1000000", Script: "return sql(\"PRAGMA mmap_size = 1000000\")"},
		{Name: "PRAGMA temp_store_directory = '/tmp'", Script: "return sql(\"PRAGMA temp_store_directory = '/tmp'\")"},
		{Name: "PRAGMA trusted_schema = ON", Script: "return sql(\"PRAGMA trusted_schema = ON\")"},
		{Name: "PRAGMA locking_mode = NORMAL", Script: "return sql(\"PRAGMA locking_mode = NORMAL\")"},
	}, Tests: untrusted},
	{Number: 96, Name: "VACUUM INTO a path", Expect: "D", App: []AppAttempt{
		{Name: "VACUUM INTO '/tmp/x'", Script: "return sql(\"VACUUM INTO '/tmp/x'\")"},
	}, Tests: untrusted},
	{Number: 97, Name: "other virtual tables, shadow tables", Expect: "D", App: []AppAttempt{
		{Name: "control: fts5", Script: "return sql(\"CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(a)\")", Works: true},
		{Name: "DELETE FROM f_data", Script: "return sql(\"DELETE FROM f_data\")"},
		{Name: "CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd')", Script: "return sql(\"CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd')\")"},
		{Name: "SELECT * FROM dbstat", Script: "return sql(\"SELECT * FROM dbstat\")"},
		{Name: "UPDATE sqlite_master SET sql = 'x'", Script: "return sql(\"UPDATE sqlite_master SET sql = 'x'\")"},
	}, Tests: untrusted},
	{Number: 98, Name: "a corrupt or hostile database file", Expect: "DR", Tests: tests(storage, "TestCorruptFiles", "TestHostileSchemas", "TestHostileSchemasControl", "TestOpenRefusesWhatIsNoDatabase")},
	{Number: 99, Name: "endless statements, quadratic functions", Expect: "LK", App: []AppAttempt{
		{Name: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c", Script: "return sql(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c\")"},
		{Name: "SELECT printf('%.*c', 100000000, 'x')", Script: "return sql(\"SELECT printf('%.*c', 100000000, 'x')\")"},
	}, Tests: append(tests(storage, "TestQuadraticFunctionsAreBounded", "TestDeadlineInsideATransaction"), untrusted...)},
	{Number: 100, Name: "statements that take all memory", Expect: "L", App: []AppAttempt{
		{Name: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c", Script: "return sql(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT group_concat(zeroblob(1000)) FROM c\")"},
	}, Tests: tests(storage, "TestQuotaHeap")},
	{Number: 101, Name: "beyond the quota, and back", Expect: "L", App: []AppAttempt{
		{Name: "fill the database", Script: "sql(\"CREATE TABLE IF NOT EXISTS big (b)\"); for (;;) sql(\"INSERT INTO big VALUES (zeroblob(1000000))\")"},
		{Name: "control: it works afterwards", Script: "return sql(\"SELECT count(*) FROM sqlite_master\")", Works: true},
	}, Tests: append(tests(storage, "TestQuotaPages", "TestFullAndReopened", "TestFullAtTheFirstWrite", "TestQuotaLog", "TestQuotaFileSize"), tests(supervisor, "TestRealQuota")...)},
	{Number: 102, Name: "killed in the middle of a transaction", Expect: "KL", Tests: append(tests(storage, "TestKillLosesNothing", "TestKillHarnessNoticesALoss"), tests("supervisor/internal/acceptance", "TestKillChild")...)},
	{Number: 103, Name: "tables reserved for facetd", Expect: "D", App: []AppAttempt{
		{Name: "control: kv", Script: "ctx.storage.kv.put(\"k\", 1); return ctx.storage.kv.get(\"k\")", Works: true},
		{Name: "SELECT * FROM _cf_KV", Script: "return sql(\"SELECT * FROM _cf_KV\")"},
		{Name: "DROP TABLE _cf_METADATA", Script: "return sql(\"DROP TABLE _cf_METADATA\")"},
		{Name: "CREATE TABLE _cf_x(a)", Script: "return sql(\"CREATE TABLE _cf_x(a)\")"},
	}, Tests: untrusted},
	{Number: 104, Name: "names of facets as file names", Expect: "R", Tests: append(tests("supervisor/internal/tree", "TestNames", "TestParseIndexForgedRecordInName"), tests("supervisor", "TestNames")...)},
}

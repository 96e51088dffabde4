package storage

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// forever counts without end; only the deadline stops what reads it.
const forever = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) "

// refused must fail, whatever the reason.
var refused = []string{
	// Files and other databases.
	"ATTACH '/etc/passwd' AS p", "ATTACH ':memory:' AS m", "ATTACH '' AS m", "ATTACH 'file:/tmp/x?mode=rwc' AS m", "ATTACH 'facet0' AS m",
	"ATTACH 'facet0-wal' AS m", "DETACH main", "VACUUM", "VACUUM INTO '/tmp/x'", "VACUUM main INTO 'facet1'",
	"SELECT load_extension('/tmp/x.so')", "SELECT readfile('/etc/passwd')", "SELECT writefile('/tmp/x', 'y')", "SELECT edit('x')",
	"SELECT fts3_tokenizer('simple')", "SELECT * FROM dbstat", "SELECT * FROM sqlite_dbpage", "SELECT * FROM generate_series(1, 2)",
	"SELECT * FROM sqlite_stmt", "SELECT * FROM bytecode('SELECT 1')", "SELECT * FROM fsdir('/')",
	// Transactions.
	"BEGIN", "BEGIN EXCLUSIVE", "COMMIT", "END", "ROLLBACK", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s", "EXPLAIN BEGIN",
	"SELECT 1; COMMIT", "/**/ BEGIN",
	// Temporary objects.
	"CREATE TEMP TABLE t(a)", "CREATE TABLE temp.t(a)", "CREATE TEMP VIEW t AS SELECT 1",
	"CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END", "CREATE TEMPORARY TABLE t AS SELECT 1",
	"INSERT INTO sqlite_temp_master VALUES(1, 2, 3, 4, 5)", "CREATE VIRTUAL TABLE temp.x USING fts5(a)",
	// Pragmas.
	"PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = OFF", "PRAGMA main.journal_mode = MEMORY", "PRAGMA synchronous = OFF",
	"PRAGMA locking_mode = NORMAL", "PRAGMA writable_schema = ON", "PRAGMA trusted_schema = ON", "PRAGMA temp_store = FILE",
	"PRAGMA temp_store_directory = '/tmp'", "PRAGMA mmap_size = 1000000", "PRAGMA max_page_count = 100000000", "PRAGMA page_size = 512",
	"PRAGMA cache_size = 10000000", "PRAGMA cache_spill = OFF", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_autocheckpoint = 1",
	"PRAGMA user_version = 7", "PRAGMA application_id = 7", "PRAGMA auto_vacuum = FULL", "PRAGMA incremental_vacuum", "PRAGMA integrity_check",
	"PRAGMA soft_heap_limit = 0", "PRAGMA hard_heap_limit = 0", "PRAGMA threads = 8", "PRAGMA query_only = ON", "PRAGMA read_uncommitted = ON",
	"PRAGMA secure_delete = ON", "PRAGMA cell_size_check = OFF", "PRAGMA schema_version = 99", "PRAGMA encoding = 'UTF-16'", "PRAGMA key = 'x'",
	"PRAGMA function_list", "PRAGMA module_list", "PRAGMA pragma_list", "PRAGMA compile_options", "PRAGMA database_list", "PRAGMA collation_list",
	"PRAGMA shrink_memory", "PRAGMA analysis_limit = 1", "PRAGMA busy_timeout = 100000", "PRAGMA stats", "PRAGMA lock_status", "PRAGMA nonsense",
	"PRAGMA table_info(_cf_KV)", "PRAGMA foreign_key_list('_CF_kv')", "PRAGMA index_list(\"_cf_KV\")", "PRAGMA data_version = 3",
	"PRAGMA foreign_keys = 'x; y'", "SELECT * FROM pragma_database_list", "SELECT * FROM pragma_function_list",
	"SELECT * FROM pragma_table_info('_cf_KV')", "SELECT * FROM pragma_integrity_check", "SELECT * FROM pragma_journal_mode",
	// Reserved names.
	"SELECT * FROM _cf_KV", "SELECT key FROM main._CF_kv", "SELECT count(*) FROM _cf_METADATA", "INSERT INTO _cf_KV VALUES('a', 'b')",
	"UPDATE _cf_KV SET value = 'x'", "DELETE FROM _cf_KV", "REPLACE INTO _cf_METADATA VALUES(1, 2)", "DROP TABLE _cf_KV", "DROP TABLE _cf_METADATA",
	"ALTER TABLE _cf_KV RENAME TO x", "ALTER TABLE _cf_KV ADD COLUMN x", "ALTER TABLE _cf_KV RENAME COLUMN key TO k",
	"ALTER TABLE _cf_KV DROP COLUMN value", "CREATE TABLE _cf_x(a)", "CREATE TABLE \"_CF_X\"(a)", "CREATE VIEW _cf_v AS SELECT 1",
	"CREATE INDEX _cf_i ON a(x)", "CREATE INDEX i ON _cf_KV(value)", "CREATE TRIGGER _cf_t AFTER INSERT ON a BEGIN SELECT 1; END",
	"CREATE TRIGGER t AFTER INSERT ON _cf_KV BEGIN DELETE FROM a; END", "CREATE VIRTUAL TABLE _cf_f USING fts5(a)",
	"CREATE VIRTUAL TABLE _cf USING fts5(a)", "ALTER TABLE a RENAME TO _cf_x", "ALTER TABLE a RENAME TO '_CF_y'", "ALTER TABLE a /**/ RENAME TO [_cf_z]",
	"ALTER TABLE f RENAME TO _cf", "ALTER TABLE f RENAME TO _cf_f", "CREATE TABLE x AS SELECT * FROM _cf_KV", "INSERT INTO a SELECT value FROM _cf_KV",
	"SELECT (SELECT value FROM _cf_KV LIMIT 1)", "WITH k AS (SELECT * FROM _cf_KV) SELECT * FROM k", "SELECT * FROM a JOIN _cf_KV",
	"CREATE VIEW v1 AS SELECT * FROM _cf_KV; SELECT * FROM v1",
	"CREATE TRIGGER t1 AFTER INSERT ON a BEGIN INSERT INTO _cf_KV VALUES('x', 'y'); END; INSERT INTO a VALUES(1)",
	"CREATE VIRTUAL TABLE ec USING fts5(value, content='_cf_KV'); INSERT INTO ec(ec) VALUES('rebuild'); SELECT * FROM ec",
	// The schema and shadow tables.
	"UPDATE sqlite_master SET sql = 'x'", "DELETE FROM sqlite_schema", "INSERT INTO sqlite_schema VALUES('table', 'x', 'x', 2, 'CREATE TABLE x(a)')",
	"DROP TABLE sqlite_master", "DELETE FROM f_data", "UPDATE f_config SET v = 0", "INSERT INTO f_idx VALUES(1, 2, 3)", "DROP TABLE f_content",
	"CREATE TABLE sqlite_x(a)", "CREATE TABLE f_data2(a) WITHOUT ROWID",
	// Functions and modules.
	"SELECT sqlite_version()", "SELECT sqlite_source_id()", "SELECT sqlite_compileoption_get(1)", "SELECT sqlite_log(1, 'x')", "SELECT subtype('x')",
	"SELECT json_pretty('{}')", "SELECT json_error_position('{')", "SELECT if(1, 2, 3)", "SELECT authenticate('a', 'b')", "SELECT auth_enabled()",
	"SELECT rtreecheck('r')", "SELECT fts5(1)", "SELECT sqlite_rename_table(1,2,3,4,5,6,7)", "SELECT soundex('x')",
	"CREATE VIRTUAL TABLE x USING fts3(a)", "CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd')", "CREATE VIRTUAL TABLE x USING dbstat",
	"CREATE VIRTUAL TABLE x USING fts4aux(f)", "CREATE VIRTUAL TABLE x USING geopoly(a)", "CREATE INDEX fi ON a(sqlite_version())",
	// Limits.
	"SELECT zeroblob(3000000)", "SELECT randomblob(1000000000)", "SELECT printf('%.*c', 100000000, 'x')", "SELECT printf('%10000000d', 1)",
	"SELECT hex(zeroblob(2000000))", "SELECT replace(printf('%.*c', 1000000, 'a'), 'a', 'bbbbb')", "SELECT group_concat(zeroblob(1000)) FROM (" + forever + "SELECT x FROM c)",
	"SELECT " + strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500) + "+" + strings.Repeat("-", 200) + "1",
	strings.Repeat("SELECT 1 UNION ", 10) + "SELECT 1", "SELECT x'" + strings.Repeat("00", 49_999) + "'",
	"CREATE TRIGGER rec AFTER INSERT ON a BEGIN INSERT INTO a VALUES(1); END; PRAGMA recursive_triggers = ON; INSERT INTO a VALUES(1)",
}

// survived may work or fail, but ends in time and harms nothing.
var survived = []string{
	forever + "SELECT x FROM c", forever + "SELECT count(*) FROM c", forever + "SELECT max(x) FROM c ORDER BY 1",
	forever + "SELECT json_group_array(x) FROM c", forever + "SELECT group_concat(hex(randomblob(1000))) FROM c",
	forever + "SELECT sum(length(replace(hex(randomblob(500000)), 'A', 'BB'))) FROM c",
	forever + "SELECT sum(length(json_set(b, '$[1]', x, '$[2]', x, '$[3]', x, '$[4]', x))) FROM c, (SELECT json_group_array(v) AS b FROM (WITH RECURSIVE d(v) AS (SELECT 1 UNION ALL SELECT v+1 FROM d LIMIT 200000) SELECT v FROM d))",
	forever + "SELECT sum(instr(printf('%.*c', 2000000, 'a'), printf('%.*c', 200, 'a') || x)) FROM c",
	forever + "SELECT sum(printf('%.*c', 900000, 'a') LIKE '%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab') FROM c",
	forever + "INSERT INTO a SELECT x FROM c", forever + "INSERT INTO a SELECT zeroblob(1000000) FROM c", forever + "INSERT INTO f SELECT hex(randomblob(1000)) FROM c",
	forever + "UPDATE a SET x = (SELECT count(*) FROM c)", forever + "DELETE FROM a WHERE x IN (SELECT x FROM c)", forever + "SELECT x, hex(randomblob(5000)) AS h FROM c ORDER BY h",
	forever + "SELECT DISTINCT hex(randomblob(5000)) FROM c", forever + "SELECT count(DISTINCT hex(randomblob(1000))) OVER () FROM c",
	forever + "INSERT INTO a SELECT x FROM c RETURNING x", forever + "SELECT * FROM c UNION SELECT * FROM c", "CREATE TABLE big AS " + forever + "SELECT x FROM c",
	"SELECT count(*) FROM a a1, a a2, a a3, a a4, a a5, a a6, a a7, a a8", "SELECT * FROM json_tree('" + strings.Repeat("[", 900) + strings.Repeat("]", 900) + "')",
	"SELECT json('" + strings.Repeat("[", 40_000) + "')", "SELECT unistr('" + strings.Repeat(`\u0041`, 10_000) + "')",
	"SELECT strftime('" + strings.Repeat("%Y", 40_000) + "')", "SELECT a FROM f('" + strings.Repeat("(", 10_000) + "x')",
	"SELECT * FROM f('" + strings.Repeat("a OR ", 5_000) + "a')", "SELECT * FROM f('NEAR(" + strings.Repeat("a ", 5_000) + ", 1000000)')",
	"SELECT snippet(f, 0, '<', '>', '...', 64), highlight(f, 0, '', '') FROM f('a* OR b*')", "INSERT INTO f(f) VALUES('rebuild')", "INSERT INTO f(f) VALUES('optimize')",
	"INSERT INTO f(f) VALUES('integrity-check')", "INSERT INTO f(f) VALUES('delete-all')", "INSERT INTO f(f, rank) VALUES('rank', 'nosuch()')", "INSERT INTO f(f, rank) VALUES('pgsz', 33)",
	"INSERT INTO f(f, rank) VALUES('crisismerge', 2000000000)", "INSERT INTO f(f, rank) VALUES('secure-delete', 1)", "SELECT * FROM f ORDER BY rank",
	"CREATE VIRTUAL TABLE vf USING fts5vocab(f, instance); SELECT * FROM vf", "CREATE VIRTUAL TABLE self USING fts5vocab(self, row); SELECT * FROM self",
	"CREATE VIRTUAL TABLE tri USING fts5(a, tokenize='trigram'); INSERT INTO tri VALUES(hex(randomblob(100000)))", "CREATE VIRTUAL TABLE cl USING fts5(a, content='')",
	"CREATE VIRTUAL TABLE selfc USING fts5(a, content='selfc'); SELECT * FROM selfc", "CREATE VIRTUAL TABLE xc USING fts5(a, content='sqlite_master'); SELECT * FROM xc",
	"CREATE VIRTUAL TABLE r USING rtree(id, a, b, +aux); INSERT INTO r SELECT NULL, -1e308, 1e308, 'x'; SELECT * FROM r WHERE a MATCH 1", "CREATE VIEW loop1 AS SELECT * FROM loop2; CREATE VIEW loop2 AS SELECT * FROM loop1; SELECT * FROM loop1",
	"CREATE TABLE g(a, b AS (c), c AS (b))", "CREATE TABLE fk(a REFERENCES fk ON DELETE CASCADE)", "CREATE INDEX ei ON a(abs(x), json(x))", "ANALYZE", "REINDEX", "PRAGMA optimize", "PRAGMA optimize(0x10002)",
	"PRAGMA quick_check(1000000)", "PRAGMA foreign_key_check", "PRAGMA table_list", "PRAGMA case_sensitive_like = 1", "PRAGMA reverse_unordered_selects = 1", "PRAGMA legacy_alter_table = ON", "PRAGMA ignore_check_constraints = 1",
	"INSERT OR ROLLBACK INTO uq VALUES(1), (1)", "CREATE TRIGGER rb BEFORE INSERT ON uq BEGIN SELECT RAISE(ROLLBACK, 'bye'); END; INSERT INTO uq VALUES(2)",
	"SELECT abs(-9223372036854775808)", "SELECT 1/0, 1%0, -9223372036854775808/-1", "SELECT substr('x', -9223372036854775808, 9223372036854775807)", "SELECT CAST(x'ff00ff' AS TEXT)", "SELECT char(0, 1114111, -1)",
	"SELECT round(1e308, 100), pow(0, -1), log(-1)", "SELECT julianday('9999-12-31', '+1000000 years')", "SELECT datetime('now', '" + strings.Repeat("+", 1000) + "')", "EXPLAIN SELECT * FROM a", "SELECT likelihood(1, 0.5)",
	"INSERT INTO a VALUES(zeroblob(2097000))", "SELECT max(" + strings.Repeat("x,", 126) + "x) FROM a", "SELECT * FROM a WHERE x IN (" + strings.Repeat("1,", 5_000) + "1)", strings.Repeat("SELECT 1;", 5_000),
	"SELECT " + strings.Repeat("x'00'||", 99) + "x'00'", "SELECT 1 FROM " + selfJoin(60) + " WHERE a0.x = a1.x OR a2.x = a3.x OR a4.x = a5.x OR a58.x = a59.x", "SELECT 1 FROM " + selfJoin(64) + " ORDER BY 1",
	views(25), strings.ReplaceAll(views(25), ".x ", ".x, 1 AS a, 2 AS b, 3 AS c, 4 AS d, 5 AS e, 6 AS f, 7 AS g, 8 AS h "), "SELECT * FROM " + strings.Repeat("(SELECT * FROM ", 60) + "a" + strings.Repeat(")", 60), "SELECT CASE " + strings.Repeat("WHEN 1 THEN 2 ", 6_000) + " END",
	"WITH " + withMany(90) + " SELECT * FROM t89", "\xff\xfe SELECT", "SELECT '\xff'", "SELECT \x00", strings.Repeat("\x00", 1000), "SELECT 'unterminated", "\"", "--", "/*", "🙂",
}

func withMany(n int) string {
	parts := []string{"t0 AS (SELECT 1 AS x)"}
	for i := 1; i < n; i++ {
		prev, cur := itoa(i-1), itoa(i)
		parts = append(parts, "t"+cur+" AS (SELECT a.x FROM t"+prev+" a, t"+prev+" b)")
	}
	return strings.Join(parts, ",")
}

func selfJoin(n int) string {
	var parts []string
	for i := range n {
		parts = append(parts, "a AS a"+itoa(i))
	}
	return strings.Join(parts, ", ")
}

// views doubles at each level: 2^n tables when the last one is used.
func views(n int) string {
	q := "CREATE VIEW w0 AS SELECT x FROM a;"
	for i := 1; i < n; i++ {
		q += "CREATE VIEW w" + itoa(i) + " AS SELECT p.x FROM w" + itoa(i-1) + " p UNION ALL SELECT q.x FROM w" + itoa(i-1) + " q;"
	}
	return q + "SELECT count(*) FROM w" + itoa(n-1)
}

func itoa(i int) string {
	if i < 10 {
		return string(rune('0' + i))
	}
	return itoa(i/10) + itoa(i%10)
}

const abuseDeadline = 150 * time.Millisecond

func abuseStore(t *testing.T) (s *Store, db string) {
	db = newFiles(t)
	s = openAt(t, db, Limits{MaxPages: 5000, HeapBytes: 64 << 20})
	put(t, s, "secret", "kept")
	query(t, s, "CREATE TABLE a(x); CREATE TABLE uq(x UNIQUE); CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES('a b c'); "+
		"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 1000) INSERT INTO a SELECT x FROM c")
	endTurn(t, s)
	return s, db
}

// cpuTime is what this process has used, which a busy machine does not change.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// try runs one statement to its end as the engine would: with a deadline, and a
// rollback when the turn is lost. It returns the error.
func try(t *testing.T, s *Store, q string) error {
	t.Helper()
	start := cpuTime(t)
	s.SetDeadline(time.Now().Add(abuseDeadline))
	rows, err := s.Exec(q)
	for more := err == nil; more; {
		more, err = rows.Next()
	}
	if rows != nil {
		rows.Close()
	}
	if took := cpuTime(t) - start; took > 2*time.Second {
		t.Errorf("%.120q took %v", q, took)
	} else if took > 2*abuseDeadline {
		t.Logf("%.120q took %v", q, took)
	}
	s.SetDeadline(time.Time{})
	s.TurnRollback()
	return err
}

func TestUntrustedSQL(t *testing.T) {
	s, db := abuseStore(t)
	for _, q := range refused {
		if err := try(t, s, q); err == nil {
			t.Errorf("%.120q was not refused", q)
		}
	}
	for _, q := range survived {
		err := try(t, s, q)
		if errors.Is(err, ErrBroken) {
			t.Fatalf("%.120q broke the store: %v", q, err)
		}
	}
	if got := get(t, s, "secret"); got != "kept" {
		t.Errorf("the reserved row is %q", got)
	}
	if got := query(t, s, "PRAGMA quick_check")[0][0]; got != "ok" {
		t.Errorf("quick_check: %v", got)
	}
	t.Logf("%d refused, %d survived", len(refused), len(survived))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, db)
}

// The same statements with every turn committed: what they leave behind must not
// keep deleteAll, or a restart, from working.
func TestUntrustedSQLCommitted(t *testing.T) {
	s, db := abuseStore(t)
	for _, q := range append(refused, survived...) {
		s.SetDeadline(time.Now().Add(abuseDeadline))
		if rows, err := s.Exec(q); err == nil {
			rows.Close()
		}
		s.SetDeadline(time.Time{})
		if _, err := s.TurnEnd(); errors.Is(err, ErrBroken) {
			t.Fatalf("%.120q broke the store: %v", q, err)
		}
	}
	if got := get(t, s, "secret"); got != "kept" {
		t.Errorf("the reserved row is %q", got)
	}
	if got := query(t, s, "SELECT count(*) FROM sqlite_master WHERE name LIKE '\\_cf\\_%' ESCAPE '\\'")[0][0]; got != int64(2) {
		t.Errorf("%v reserved names, want 2", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, db)
	s = openAt(t, db, Limits{})
	if err := s.DeleteAll(); err != nil {
		t.Errorf("deleteAll afterwards: %v", err)
	}
	endTurn(t, s)
	if got := query(t, s, "SELECT count(*) FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")[0][0]; got != int64(2) {
		t.Errorf("%v tables left, want the 2 reserved ones", got)
	}
}

func TestDeadlineInsideATransaction(t *testing.T) {
	s, _ := abuseStore(t)
	put(t, s, "k", "1")
	start := cpuTime(t)
	s.SetDeadline(time.Now().Add(abuseDeadline))
	_, err := s.Exec(forever + "INSERT INTO a SELECT x FROM c")
	if err == nil || err.Error() != "interrupted: SQLITE_INTERRUPT" {
		t.Fatalf("error %v", err)
	}
	if took := cpuTime(t) - start; took > abuseDeadline+200*time.Millisecond {
		t.Errorf("interrupted after %v", took)
	}
	s.SetDeadline(time.Time{})
	if _, err := s.TurnEnd(); !errors.Is(err, ErrLost) {
		t.Errorf("TurnEnd: %v, want ErrLost", err)
	}
	put(t, s, "k", "2")
	endTurn(t, s)
}

func FuzzSQL(f *testing.F) {
	for _, q := range append(refused, survived...) {
		if len(q) < 300 && !strings.HasPrefix(q, forever) {
			f.Add(q)
		}
	}
	db := newFiles(f)
	s := openAt(f, db, Limits{MaxPages: 5000})
	put(f, s, "secret", "kept")
	endTurn(f, s)
	f.Fuzz(func(t *testing.T, q string) {
		try(t, s, q)
		if got := get(t, s, "secret"); got != "kept" {
			t.Fatalf("the reserved row is %q", got)
		}
	})
}

// The control: an SQLite without the hardening does much of what is refused.
func TestUntrustedSQLControl(t *testing.T) {
	worked := map[string]bool{}
	for _, q := range refused {
		if strings.Contains(q, "INTO '") || strings.Contains(q, forever) || strings.Contains(q, "1000000000") {
			continue // would write a file, or not end soon
		}
		db, err := sql.Open("sqlite", ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		if _, err := db.Exec("CREATE TABLE _cf_KV(key TEXT PRIMARY KEY, value); CREATE TABLE _cf_METADATA(key INTEGER PRIMARY KEY, value); " +
			"CREATE TABLE a(x); CREATE VIRTUAL TABLE f USING fts5(a)"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), abuseDeadline)
		if _, err := db.ExecContext(ctx, q); err == nil {
			worked[q] = true
		}
		cancel()
		db.Close()
	}
	for _, q := range []string{"ATTACH ':memory:' AS m", "BEGIN", "CREATE TEMP TABLE t(a)", "PRAGMA journal_mode = OFF", "PRAGMA writable_schema = ON",
		"INSERT INTO _cf_KV VALUES('a', 'b')", "CREATE TABLE _cf_x(a)", "ALTER TABLE a RENAME TO _cf_x", "SELECT sqlite_version()", "SELECT hex(zeroblob(2000000))"} {
		if !worked[q] {
			t.Errorf("%s does nothing even without the hardening", q)
		}
	}
	if len(worked) < 100 {
		t.Errorf("only %d of %d refused statements work without the hardening", len(worked), len(refused))
	}
}

package storage

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// The S-facts that live below JavaScript.
func TestSQLValues(t *testing.T) {
	s := openNew(t)
	tests := []struct {
		name, sql string
		args      []any
		want      string
	}{
		{"S9 numbers are REAL", "SELECT typeof(?)", []any{1.0}, "[[real]]"},
		{"S9 NaN is NULL", "SELECT ?", []any{math.NaN()}, "[[<nil>]]"},
		{"S9 infinity", "SELECT ?", []any{math.Inf(1)}, "[[+Inf]]"},
		{"S9 null", "SELECT typeof(?)", []any{nil}, "[[null]]"},
		{"S10 blob", "SELECT typeof(?1), hex(?1)", []any{[]byte{0, 1}}, "[[blob 0001]]"},
		{"empty blob", "SELECT typeof(?1), length(?1)", []any{[]byte{}}, "[[blob 0]]"},
		{"empty text", "SELECT typeof(?1), length(?1)", []any{""}, "[[text 0]]"},
		{"NUL in text", "SELECT hex(?1)", []any{"a\x00b"}, "[[610062]]"},
		{"S11 named and numbered are positional", "SELECT :a, ?2", []any{"x", "y"}, "[[x y]]"},
		{"S8 big integer", "SELECT 9007199254740993", nil, "[[9007199254740993]]"},
		{"S31 double quotes", `SELECT "abc"`, nil, "[[abc]]"},
		{"S12 the last one counts", "SELECT 1; SELECT 2; SELECT ?", []any{"3"}, "[[3]]"},
		{"trailing white space", "SELECT 1; \n\t", nil, "[[1]]"},
		{"leading comment", "/* c */ SELECT 1", nil, "[[1]]"},
		{"S28 concat", "SELECT concat_ws('-', 1, 2), sqrt(16.0), json_extract('{\"a\":[1]}', '$.a[0]')", nil, "[[1-2 4 1]]"},
		{"S30 strict", "CREATE TABLE st(a INT, b AS (a * 2)) ; INSERT INTO st VALUES(2); SELECT b FROM st", nil, "[[4]]"},
		{"S30 CTE", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 5) SELECT sum(x) FROM c", nil, "[[15]]"},
		{"fts5", "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES('hello world'); SELECT highlight(f, 0, '<', '>'), bm25(f) < 0 FROM f('world')", nil, "[[hello <world> 1]]"},
		{"fts5vocab", "CREATE VIRTUAL TABLE fv USING fts5vocab('f', 'row'); SELECT term FROM fv ORDER BY 1", nil, "[[hello] [world]]"},
		{"rtree", "CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO r VALUES(1, 0, 10); SELECT id FROM r WHERE a <= 5 AND b >= 5", nil, "[[1]]"},
		{"rtree_i32", "CREATE VIRTUAL TABLE ri USING rtree_i32(id, a, b); SELECT count(*) FROM ri", nil, "[[0]]"},
		{"alter", "CREATE TABLE al(a, b); INSERT INTO al VALUES(1, 2); ALTER TABLE al RENAME TO al2; ALTER TABLE al2 RENAME COLUMN a TO c; ALTER TABLE al2 ADD COLUMN d DEFAULT 7; ALTER TABLE al2 DROP COLUMN b; SELECT c, d FROM al2", nil, "[[1 7]]"},
		{"view and trigger", "CREATE TABLE vt(a); CREATE TABLE vl(a); CREATE TRIGGER vg AFTER INSERT ON vt BEGIN INSERT INTO vl VALUES(new.a); END; CREATE VIEW vv AS SELECT a FROM vl; INSERT INTO vt VALUES(5); SELECT * FROM vv", nil, "[[5]]"},
		{"explain", "EXPLAIN QUERY PLAN SELECT 1", nil, "[[1 0 0 SCAN CONSTANT ROW]]"},
		{"analyze, reindex", "ANALYZE; REINDEX; SELECT 1", nil, "[[1]]"},
		{"window", "SELECT row_number() OVER (ORDER BY 1)", nil, "[[1]]"},
		{"localtime is UTC", "SELECT datetime(1700000000, 'unixepoch', 'localtime'), datetime(-1, 'unixepoch', 'localtime'), datetime('2024-02-29 23:59:59', 'localtime')", nil, "[[2023-11-14 22:13:20 1969-12-31 23:59:59 2024-02-29 23:59:59]]"},
		{"S27 page_size", "PRAGMA page_size", nil, "[[4096]]"},
		{"S27 foreign_keys", "PRAGMA foreign_keys", nil, "[[1]]"},
		{"S27 table_info", "SELECT name FROM pragma_table_info('al2')", nil, "[[c] [d]]"},
		{"S27 quick_check", "PRAGMA quick_check", nil, "[[ok]]"},
		{"S26 visible", "SELECT count(*) FROM sqlite_master WHERE name = '_cf_KV'", nil, "[[1]]"},
		{"S35 RETURNING", "CREATE TABLE rt(a); INSERT INTO rt VALUES(1), (2) RETURNING a", nil, "[[1] [2]]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(query(t, s, tt.sql, tt.args...)); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.sql, got, tt.want)
			}
			endTurn(t, s)
		})
	}
}

func TestSQLErrors(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE u(a PRIMARY KEY, b NOT NULL CHECK(b > 0))")
	endTurn(t, s)
	advice := "ctx.storage.transactionSync()"
	tests := []struct{ name, sql, want string }{
		{"S13 empty", "", "SQL code did not contain a statement."},
		{"S13 semicolon", ";", "SQL code did not contain a statement."},
		{"S13 comment after", "SELECT 1; -- end", "SQL code did not contain a statement."},
		{"S13 NUL", "SELECT 1;\x00SELECT 2", "SQL code did not contain a statement."},
		{"S14 syntax", "SELECT 1 FRM x y", `near "x": syntax error at offset 13: SQLITE_ERROR`},
		{"S14 no table", "SELECT * FROM nowhere", "no such table: nowhere: SQLITE_ERROR"},
		{"S14 primary key", "INSERT INTO u VALUES(1, 1), (1, 1)", "UNIQUE constraint failed: u.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)"},
		{"S14 not null", "INSERT INTO u VALUES(1, NULL)", "NOT NULL constraint failed: u.b: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)"},
		{"S14 check", "INSERT INTO u VALUES(1, -1)", "CHECK constraint failed: b > 0: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_CHECK)"},
		{"S11 too few", "SELECT ?", "Wrong number of parameter bindings for SQL query."},
		{"S12 bindings before the last", "SELECT ?; SELECT 1", "only the last statement can have parameters."},
		{"S23 begin", "BEGIN", advice},
		{"S23 commit", "COMMIT", advice},
		{"S23 rollback", "ROLLBACK", advice},
		{"S23 savepoint", "SAVEPOINT x", advice},
		{"S23 release", "RELEASE x", advice},
		{"S24 attach", "ATTACH 'x' AS y", "not authorized: SQLITE_AUTH"},
		{"S24 temp", "CREATE TEMP TABLE x(a)", "not authorized: SQLITE_AUTH"},
		{"S24 module", "CREATE VIRTUAL TABLE x USING fts4(a)", "not authorized: SQLITE_AUTH"},
		{"S25 vacuum", "VACUUM", "cannot VACUUM from within a transaction"},
		{"S26 create", "CREATE TABLE _CF_x(a)", "not authorized: SQLITE_AUTH"},
		{"S26 drop", "DROP TABLE _cf_KV", "not authorized: SQLITE_AUTH"},
		{"S26 select", "SELECT key FROM _cf_KV", "access to _cf_KV.key is prohibited"},
		{"S27 pragma", "PRAGMA journal_mode", "not authorized: SQLITE_AUTH"},
		{"S28 function", "SELECT sqlite_version()", "not authorized to use function: sqlite_version"},
		{"S29 columns", "CREATE TABLE c(" + columns(101) + ")", "too many columns"},
		{"S29 compound", strings.Repeat("SELECT 1 UNION ALL ", 5) + "SELECT 1", "too many terms in compound SELECT"},
		{"S29 long", "SELECT " + strings.Repeat(" ", 100_000) + "1", "statement too long: SQLITE_TOOBIG"},
		{"S29 like", "SELECT 'a' LIKE '" + strings.Repeat("x", 51) + "'", "LIKE or GLOB pattern too complex"},
		{"S29 arguments", "SELECT max(" + strings.Repeat("1,", 127) + "1)", "too many arguments on function max"},
		{"S29 depth", "SELECT " + strings.Repeat("(1+", 101) + "1" + strings.Repeat(")", 101), "Expression tree is too large"},
		{"S29 variables", "SELECT ?101", "variable number must be between ?1 and ?100"},
		{"S31 sqlite_master", "DELETE FROM sqlite_master", "table sqlite_master may not be modified"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantError(t, s, tt.sql, tt.want)
			endTurn(t, s)
		})
	}
	if got := query(t, s, "SELECT count(*) FROM u")[0][0]; got != int64(0) {
		t.Errorf("%v rows left by failed statements", got)
	}
}

func columns(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("c%d", i))
	}
	return strings.Join(names, ",")
}

// S12: earlier statements stay executed if a later one fails.
func TestSQLMultipleStatementsKeepWhatRan(t *testing.T) {
	s := openNew(t)
	wantError(t, s, "CREATE TABLE t(a); INSERT INTO t VALUES(1); INSERT INTO t VALUES(2); SELECT nonsense(", "incomplete input")
	endTurn(t, s)
	if got := query(t, s, "SELECT count(*) FROM t")[0][0]; got != int64(2) {
		t.Errorf("%v rows, want 2", got)
	}
}

func start(t *testing.T, s *Store, sql string, args ...any) *Rows {
	t.Helper()
	rows, err := s.Exec(sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// S16, S17, S18: two cursors of one text, inserts while reading, turns between.
func TestSQLOverlappingCursors(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE t(a); INSERT INTO t VALUES(1), (2), (3)")
	endTurn(t, s)
	const text = "SELECT a FROM t"
	a, b := start(t, s, text), start(t, s, text)
	if ok, err := a.Next(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	query(t, s, "INSERT INTO t VALUES(4)")
	endTurn(t, s)
	rest, err := a.All()
	if err != nil || fmt.Sprint(rest) != "[[2] [3] [4]]" {
		t.Errorf("first cursor goes on with %v, %v", rest, err)
	}
	if rest, err := b.All(); err != nil || len(rest) != 4 {
		t.Errorf("second cursor has %v, %v", rest, err)
	}
	if _, err := a.Next(); err == nil {
		t.Error("closed rows go on")
	}
}

// S19.
func TestSQLDropWhileReading(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)")
	endTurn(t, s)
	rows := start(t, s, "SELECT a FROM t")
	defer rows.Close()
	wantError(t, s, "DROP TABLE t", "database table is locked: SQLITE_LOCKED")
}

func TestSQLColumnsAreFixedAfterSchemaChange(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE t(a); INSERT INTO t VALUES(1)")
	query(t, s, "SELECT * FROM t")
	query(t, s, "ALTER TABLE t ADD COLUMN b DEFAULT 2")
	rows := start(t, s, "SELECT * FROM t") // cached, compiled again by its first step
	if got := fmt.Sprint(rows.Columns()); got != "[a b]" {
		t.Errorf("columns %s", got)
	}
	if all, _ := rows.All(); fmt.Sprint(all) != "[[1 2]]" {
		t.Errorf("rows %v", all)
	}
}

func TestSQLStats(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE t(a INTEGER PRIMARY KEY, b); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 50) INSERT INTO t SELECT x, x FROM c")
	tests := []struct {
		sql           string
		read, written uint64
	}{
		{"SELECT * FROM t", 50, 0},
		{"SELECT * FROM t WHERE b = 7", 50, 0},
		{"SELECT * FROM t WHERE a = 7", 1, 0},
		{"UPDATE t SET b = 0 WHERE a < 11", 0, 10},
		{"INSERT INTO t(b) VALUES(1), (2) RETURNING a", 2, 2},
	}
	for _, tt := range tests {
		rows := start(t, s, tt.sql)
		for more := true; more; {
			more, _ = rows.Next()
		}
		if r, w := rows.Stats(); r != tt.read && tt.read != 0 || w != tt.written {
			t.Errorf("%s: read %d, written %d; want %d, %d", tt.sql, r, w, tt.read, tt.written)
		}
		rows.Close()
	}
}

func TestSQLManyCursors(t *testing.T) {
	s := openNew(t)
	var all []*Rows
	for range 300 {
		all = append(all, start(t, s, "SELECT 1 UNION ALL SELECT 2"))
	}
	if _, err := all[0].Next(); err == nil || !strings.Contains(err.Error(), "too many cursors") {
		t.Errorf("the oldest of 300: %v", err)
	}
	if ok, err := all[299].Next(); !ok || err != nil {
		t.Errorf("the newest of 300: %v, %v", ok, err)
	}
	for _, rows := range all {
		rows.Close()
	}
}

// S22: more text than the cache holds, more entries than it keeps, twice.
func TestSQLStatementCacheTurnsOver(t *testing.T) {
	s := openNew(t)
	open := start(t, s, "SELECT 1 UNION ALL SELECT 2") // stays busy meanwhile
	for range 2 {
		for i := range 700 {
			pad := ""
			if i%10 == 0 {
				pad = strings.Repeat(" ", 20_000)
			}
			if got := query(t, s, fmt.Sprintf("SELECT %s %d", pad, i))[0][0]; got != int64(i) {
				t.Fatalf("statement %d gives %v", i, got)
			}
		}
	}
	if rest, err := open.All(); err != nil || len(rest) != 2 {
		t.Errorf("the busy statement: %v, %v", rest, err)
	}
}

func TestDatabaseSize(t *testing.T) {
	s := openNew(t)
	before, err := s.DatabaseSize()
	if err != nil || before <= 0 || before%4096 != 0 {
		t.Fatal(before, err)
	}
	query(t, s, "CREATE TABLE t(a); INSERT INTO t VALUES(zeroblob(1000000))")
	endTurn(t, s)
	full, _ := s.DatabaseSize()
	query(t, s, "DROP TABLE t")
	endTurn(t, s)
	after, _ := s.DatabaseSize()
	if full < before+1_000_000 || after > before+8192 {
		t.Errorf("sizes: %d, with 1 MB %d, without %d", before, full, after)
	}
}

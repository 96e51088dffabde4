package storage

import (
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// evilSchemas are what another SQLite, without any of our rules, made of a sound
// file; such a file may come with a restore or a clone. Each is whole: quick_check
// finds nothing in most of them.
var evilSchemas = map[string][]string{
	// Triggers and views that speak when facetd's own tables are used.
	"trigger on kv":       {"CREATE TRIGGER t AFTER INSERT ON _cf_KV BEGIN UPDATE _cf_KV SET value = x'00' WHERE key = 'secret'; END"},
	"trigger on metadata": {"CREATE TRIGGER t AFTER INSERT ON _cf_METADATA BEGIN DELETE FROM _cf_KV; END"},
	"kv is a view":        {"ALTER TABLE _cf_KV RENAME TO gone", "CREATE VIEW _cf_KV AS SELECT 'secret' AS key, x'00' AS value"},
	"kv is another table": {"DROP TABLE _cf_KV", "CREATE TABLE _cf_KV(key, value, extra DEFAULT (hex(zeroblob(100000))))"},
	"index on kv":         {"CREATE UNIQUE INDEX i ON _cf_KV(length(value))"},
	"no kv":               {"DROP TABLE _cf_KV", "DROP TABLE _cf_METADATA"},
	// The schema itself.
	"two tables in one":    {"CREATE TABLE t(a, b)", writable, "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = '_cf_KV') WHERE name = 't'"},
	"root page beyond":     {"CREATE TABLE t(a)", writable, "UPDATE sqlite_master SET rootpage = 1000000 WHERE name = 't'"},
	"root page one":        {"CREATE TABLE t(a)", writable, "UPDATE sqlite_master SET rootpage = 1 WHERE name = 't'"},
	"sql that is none":     {"CREATE TABLE t(a)", writable, "UPDATE sqlite_master SET sql = 'CREATE TABLE t(a' WHERE name = 't'"},
	"sql of a megabyte":    {"CREATE TABLE t(a)", writable, "UPDATE sqlite_master SET sql = 'CREATE TABLE t(' || replace(hex(zeroblob(1000000)), '00', 'a,') || 'b)' WHERE name = 't'"},
	"statement in sql":     {"CREATE TABLE t(a)", writable, "UPDATE sqlite_master SET sql = 'ATTACH ''/etc/passwd'' AS p' WHERE name = 't'"},
	"forbidden module":     {writable, "INSERT INTO sqlite_master VALUES('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING csv(filename=''/etc/passwd'')')"},
	"fts5 without shadows": {"CREATE VIRTUAL TABLE f USING fts5(a)", writable, "DELETE FROM sqlite_master WHERE name LIKE 'f\\_%' ESCAPE '\\'"},
	"evil shadows":         {"CREATE VIRTUAL TABLE f USING fts5(a)", "INSERT INTO f VALUES('a b c')", "UPDATE f_data SET block = zeroblob(100)", "UPDATE f_config SET v = 99"},
	// Code that runs when something else does.
	"default with a function": {"CREATE TABLE t(a DEFAULT (load_extension('/tmp/x.so')), b)", "CREATE VIEW v AS SELECT readfile('/etc/passwd')"},
	"generated and checked":   {"CREATE TABLE t(a, b AS (printf('%.*c', 100000000, a)) STORED, CHECK (length(hex(zeroblob(1000000000))) > a))"},
	"views of views":          {strings.TrimSuffix(views(25), "SELECT count(*) FROM w24")},
	"triggers without end":    {"CREATE TABLE t(a, b)", "CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO t VALUES(1, 2); INSERT INTO t VALUES(1, 2); END"},
	"collation that is none":  {"CREATE TABLE t(a, b)", writable, "UPDATE sqlite_master SET sql = 'CREATE TABLE t(a COLLATE nosuch PRIMARY KEY, b)' WHERE name = 't'"},
	"other header":            {"PRAGMA user_version = 7", "PRAGMA application_id = 7", "PRAGMA auto_vacuum = FULL", "PRAGMA journal_mode = DELETE"},
}

const writable = "PRAGMA writable_schema = ON"

// evil makes a file with a secret in kv and then with an evil schema; it reports
// whether the other SQLite did all of it.
func evil(t *testing.T, statements []string) (db string, all bool) {
	t.Helper()
	db = newFiles(t)
	s := openAt(t, db, Limits{})
	put(t, s, "secret", "kept")
	endTurn(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", db)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	all = true
	for _, q := range statements {
		if _, err := other.Exec(q); err != nil {
			t.Logf("%.80s: %v", q, err)
			all = false
		}
	}
	if _, err := other.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Log(err)
	}
	return db, all
}

// Attack 98: whatever the schema of a file says, opening and using it ends in time
// and in errors at most; nothing in it calls what is not there or reaches another
// file. A trigger on kv does fire: all it has is the facet's own data.
func TestHostileSchemas(t *testing.T) {
	for name, statements := range evilSchemas {
		t.Run(name, func(t *testing.T) {
			db, all := evil(t, statements)
			if !all {
				t.Fatal("the file is not as evil as it was to be")
			}
			if _, err := os.Stat(db + "-wal"); err != nil {
				if err := os.WriteFile(db+"-wal", nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			start := cpuTime(t)
			dbFd, walFd := openFds(t, db)
			s, err := Open(dbFd, walFd, Limits{MaxPages: 5000, HeapBytes: 64 << 20})
			if err != nil {
				unix.Close(dbFd)
				unix.Close(walFd)
				t.Logf("refused: %v", err)
				return
			}
			defer s.Close()
			s.SetDeadline(time.Now().Add(2 * time.Second))
			err = s.KVPut("new", Value{Bytes: []byte("value"), Text: true})
			_, end := s.TurnEnd()
			if err = errors.Join(err, end); err != nil {
				t.Logf("put: %v", err)
			}
			for _, q := range []string{"INSERT INTO t(a) VALUES(1)", "SELECT * FROM t", "SELECT * FROM v", "SELECT count(*) FROM w24", "SELECT * FROM f('a')", "PRAGMA quick_check"} {
				if rows, err := s.Exec(q); err == nil {
					all, _ := rows.All()
					for _, row := range all {
						for _, cell := range row {
							if text, _ := cell.(string); strings.Contains(text, "root:") {
								t.Errorf("%s: another file: %q", q, text)
							}
						}
					}
				}
				s.TurnEnd()
			}
			useAll(s)
			if took := cpuTime(t) - start; took > 8*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// The control: the SQLite that made the files lets their triggers speak.
func TestHostileSchemasControl(t *testing.T) {
	for _, name := range []string{"trigger on kv", "triggers without end"} {
		db, _ := evil(t, evilSchemas[name])
		other, err := sql.Open("sqlite", db)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		var secret string
		_, err = other.Exec("INSERT INTO _cf_KV VALUES('new', 'value')")
		if err == nil {
			err = other.QueryRow("SELECT hex(value) FROM _cf_KV WHERE key = 'secret'").Scan(&secret)
		}
		if err != nil || (secret == "00") != (name == "trigger on kv") {
			t.Errorf("%s: %q %v", name, secret, err)
		}
	}
}

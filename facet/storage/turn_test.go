package storage

import (
	"errors"
	"strings"
	"testing"
)

func TestTurnRollback(t *testing.T) {
	s := openNew(t)
	put(t, s, "k", "old")
	endTurn(t, s)
	put(t, s, "k", "new")
	s.TurnRollback()
	if got := get(t, s, "k"); got != "old" {
		t.Errorf("after a rollback k is %q", got)
	}
	if seq := endTurn(t, s); seq != 1 {
		t.Errorf("sequence %d, want 1", seq)
	}
}

// T9: a savepoint rolls back only its own changes, and they nest.
func TestSavepoints(t *testing.T) {
	s := openNew(t)
	put(t, s, "k", "0")
	depth := func(want int) {
		t.Helper()
		if d, err := s.Savepoint(); err != nil || d != want {
			t.Fatalf("Savepoint: %d, %v; want %d", d, err, want)
		}
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	depth(1)
	put(t, s, "k", "1")
	depth(2)
	put(t, s, "k", "2")
	ok(s.RollbackTo(2))
	if got := get(t, s, "k"); got != "1" {
		t.Fatalf("after the inner rollback k is %q, want 1", got)
	}
	depth(2)
	put(t, s, "k", "3")
	ok(s.Release(2))
	ok(s.Release(1))
	if err := s.Release(1); err == nil || !strings.Contains(err.Error(), "no such savepoint") {
		t.Errorf("releasing twice: %v", err)
	}
	depth(1)
	depth(2)
	put(t, s, "k", "gone")
	ok(s.RollbackTo(1)) // takes the deeper one along
	endTurn(t, s)
	if got := get(t, s, "k"); got != "3" {
		t.Errorf("k is %q, want 3", got)
	}
}

func TestHeldTransaction(t *testing.T) {
	s := openNew(t)
	put(t, s, "before", "1")
	endTurn(t, s)
	if err := s.HoldTransaction(true); err != nil {
		t.Fatal(err)
	}
	d, _ := s.Savepoint()
	put(t, s, "k", "1")
	if seq := endTurn(t, s); seq != 2 || s.Committed() != 1 {
		t.Fatalf("held turn: sequence %d, committed %d; want 2, 1", seq, s.Committed())
	}
	put(t, s, "k", "2")
	if seq := endTurn(t, s); seq != 2 {
		t.Fatalf("second held turn: sequence %d, want 2", seq)
	}
	if err := s.RollbackTo(d); err != nil {
		t.Fatal(err)
	}
	if err := s.HoldTransaction(false); err != nil {
		t.Fatal(err)
	}
	// The transaction had nothing left, but turns wait for number 2.
	if seq := endTurn(t, s); seq != 2 || s.Committed() != 2 {
		t.Fatalf("after the hold: sequence %d, committed %d; want 2, 2", seq, s.Committed())
	}
	if err := s.WaitSynced(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, "k"); got != "(none)" {
		t.Errorf("k is %q after the transaction rolled back", got)
	}
}

// S34 and the measured errors that throw the whole transaction away.
func TestLostTransaction(t *testing.T) {
	tests := []struct{ name, setup, sql, want string }{
		{"on conflict rollback", "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES(1)", "INSERT OR ROLLBACK INTO t VALUES(1)", "UNIQUE constraint failed"},
		{"raise rollback", "CREATE TABLE t(a); CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no way'); END",
			"INSERT INTO t VALUES(1)", "no way"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openNew(t)
			query(t, s, tt.setup)
			endTurn(t, s)
			put(t, s, "k", "1")
			wantError(t, s, tt.sql, tt.want)
			if err := s.KVPut("k2", Value{}); err == nil || !strings.Contains(err.Error(), "rolled back by an earlier error") {
				t.Errorf("a write after the loss: %v", err)
			}
			if _, err := s.TurnEnd(); !errors.Is(err, ErrLost) {
				t.Fatalf("TurnEnd: %v, want ErrLost", err)
			}
			if got := get(t, s, "k"); got != "(none)" {
				t.Errorf("a write of the lost turn is there: %q", got)
			}
		})
	}
}

// T7: a deferred constraint that is violated at the commit.
func TestFailedCommitBreaksTheStore(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
	endTurn(t, s)
	query(t, s, "INSERT INTO c VALUES(1)")
	_, err := s.TurnEnd()
	if !errors.Is(err, ErrBroken) || err.Error() != "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)" {
		t.Fatalf("TurnEnd: %v", err)
	}
	if _, _, err := s.KVGet("k"); !errors.Is(err, ErrBroken) {
		t.Errorf("a call after the failed commit: %v", err)
	}
}

func TestDeferForeignKeysLastsForTheTurn(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p)")
	endTurn(t, s)
	query(t, s, "PRAGMA defer_foreign_keys = ON")
	query(t, s, "SELECT 1 FROM p")
	query(t, s, "INSERT INTO c VALUES(1)")
	query(t, s, "INSERT INTO p VALUES(1)")
	endTurn(t, s)
	wantError(t, s, "INSERT INTO c VALUES(2)", "FOREIGN KEY constraint failed")
}

// S21: the peer fails the commit and resets the object; here it commits.
func TestUnreadReturningCursor(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE t(a)")
	endTurn(t, s)
	rows, err := s.Exec("INSERT INTO t VALUES (1), (2), (3) RETURNING a, 'text', x'00ff', NULL, 1.5")
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "k", "1")
	if seq := endTurn(t, s); seq != 2 {
		t.Fatalf("sequence %d, want 2", seq)
	}
	all, err := rows.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 || all[2][0] != int64(3) || all[2][1] != "text" || string(all[2][2].([]byte)) != "\x00\xff" || all[2][3] != nil || all[2][4] != 1.5 {
		t.Errorf("rows after the commit: %v", all)
	}
	if got := query(t, s, "SELECT count(*) FROM t")[0][0]; got != int64(3) {
		t.Errorf("%v rows stored, want 3", got)
	}
}

func TestUnreadReturningCursorTooLargeToKeep(t *testing.T) {
	s := openNew(t)
	query(t, s, "CREATE TABLE t(a)")
	endTurn(t, s)
	rows, err := s.Exec("INSERT INTO t SELECT randomblob(500000) FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c LIMIT 30) SELECT x FROM c) RETURNING a")
	if err != nil {
		t.Fatal(err)
	}
	endTurn(t, s)
	if _, err := rows.Next(); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("reading on: %v, want canceled", err)
	}
	if got := query(t, s, "SELECT count(*) FROM t")[0][0]; got != int64(30) {
		t.Errorf("%v rows stored, want 30", got)
	}
}

// T13, T19, S20.
func TestDeleteAll(t *testing.T) {
	s := openNew(t)
	query(t, s, `CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE c(p REFERENCES p ON DELETE CASCADE);
		INSERT INTO p DEFAULT VALUES; INSERT INTO c VALUES(1); CREATE VIEW v AS SELECT * FROM c; CREATE VIEW "w ""x" AS SELECT * FROM v;
		CREATE INDEX i ON c(p); CREATE TRIGGER g AFTER DELETE ON c BEGIN SELECT RAISE(ABORT, 'trigger ran'); END;
		CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES('hello'); CREATE VIRTUAL TABLE r USING rtree(id, a, b);
		CREATE TABLE "odd ""name"(x); ANALYZE`)
	put(t, s, "k", "1")
	endTurn(t, s)
	rows, err := s.Exec("SELECT 1 UNION SELECT 2")
	if err != nil {
		t.Fatal(err)
	}
	d, _ := s.Savepoint()
	if err := s.DeleteAll(); err == nil || err.Error() != "Cannot call deleteAll() within a transaction" {
		t.Errorf("inside a savepoint: %v", err)
	}
	if err := s.Release(d); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteAll(); err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err == nil || err.Error() != "SQLite query was canceled because the database was deleted." {
		t.Errorf("the open cursor: %v", err)
	}
	rows.Close()
	endTurn(t, s)
	got := query(t, s, "SELECT name FROM sqlite_schema WHERE type <> 'index' AND name NOT LIKE 'sqlite_%' ORDER BY name")
	if len(got) != 2 || got[0][0] != "_cf_KV" || got[1][0] != "_cf_METADATA" {
		t.Errorf("left: %v", got)
	}
	if get(t, s, "k") != "(none)" {
		t.Error("a key is left")
	}
	query(t, s, "CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO p DEFAULT VALUES")
	if got := query(t, s, "SELECT id FROM p")[0][0]; got != int64(1) {
		t.Errorf("AUTOINCREMENT goes on at %v", got)
	}
	wantError(t, s, "CREATE TABLE c(p REFERENCES p); INSERT INTO c VALUES(9)", "FOREIGN KEY")
}

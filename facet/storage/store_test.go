package storage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const templatePath = "../../supervisor/internal/tree/template.sqlite"

// newFiles makes a database from the template and an empty log.
func newFiles(t testing.TB) (db string) {
	t.Helper()
	image, err := os.ReadFile(templatePath)
	if err != nil {
		t.Fatal(err)
	}
	db = filepath.Join(t.TempDir(), "1.sqlite")
	for path, data := range map[string][]byte{db: image, db + "-wal": nil} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func openFds(t testing.TB, db string) (dbFd, walFd int) {
	t.Helper()
	open := func(path string) int {
		fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	return open(db), open(db + "-wal")
}

func openAt(t testing.TB, db string, l Limits) *Store {
	t.Helper()
	dbFd, walFd := openFds(t, db)
	s, err := Open(dbFd, walFd, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openNew(t testing.TB) *Store { return openAt(t, newFiles(t), Limits{}) }

func query(t testing.TB, s *Store, sql string, args ...any) [][]any {
	t.Helper()
	rows, err := s.Exec(sql, args...)
	if err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
	all, err := rows.All()
	if err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
	return all
}

func wantError(t testing.TB, s *Store, sql, want string) {
	t.Helper()
	rows, err := s.Exec(sql)
	if err == nil {
		_, err = rows.All()
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%.200s: error %v, want %q", sql, err, want)
	}
}

func endTurn(t testing.TB, s *Store) uint64 {
	t.Helper()
	seq, err := s.TurnEnd()
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func put(t testing.TB, s *Store, key, value string) {
	t.Helper()
	if err := s.KVPut(key, Value{Bytes: []byte(value), Text: true}); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, s *Store, key string) string {
	t.Helper()
	v, ok, err := s.KVGet(key)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "(none)"
	}
	return string(v.Bytes)
}

func TestTurnCommitsAndSyncs(t *testing.T) {
	s := openNew(t)
	if seq := endTurn(t, s); seq != 0 {
		t.Fatalf("a turn without writes has sequence %d, want 0", seq)
	}
	put(t, s, "a", "1")
	put(t, s, "b", "2")
	seq := endTurn(t, s)
	if seq != 1 {
		t.Fatalf("two writes of one turn: sequence %d, want 1", seq)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.WaitSynced(ctx, seq); err != nil {
		t.Fatal(err)
	}
	// A turn that only reads waits for what it has seen.
	if get(t, s, "a"); endTurn(t, s) != 1 {
		t.Error("a reading turn does not wait for the write it saw")
	}
	if err := s.WaitSynced(func() context.Context { c, f := context.WithCancel(ctx); f(); return c }(), 99); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for a sequence nobody commits: %v", err)
	}
}

func TestDataSurvivesCloseAndCrash(t *testing.T) {
	db := newFiles(t)
	s := openAt(t, db, Limits{})
	put(t, s, "kept", "x")
	query(t, s, "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)")
	endTurn(t, s)
	put(t, s, "dropped", "y") // never committed
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if head, _ := os.ReadFile(db + "-wal"); strings.Trim(string(head[:32]), "\x00") != "" {
		t.Error("closing left a log that would be replayed")
	}
	s = openAt(t, db, Limits{})
	if get(t, s, "kept") != "x" || get(t, s, "dropped") != "(none)" || query(t, s, "SELECT sum(a) FROM t")[0][0] != int64(3) {
		t.Error("data after a clean close differ")
	}
	put(t, s, "more", "z")
	endTurn(t, s)
	// Copy both files as a crash would leave them.
	copyDB := filepath.Join(t.TempDir(), "c.sqlite")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(db + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copyDB+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if c := openAt(t, copyDB, Limits{}); get(t, c, "more") != "z" || get(t, c, "kept") != "x" {
		t.Error("data after a crash differ")
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	tests := []struct {
		name, want string
		db         []byte
	}{
		{"empty", "not a database and its log", nil},
		{"short", "not a database and its log", make([]byte, 100)},
		{"zeros", "SQLITE_", make([]byte, 8192)},
		{"text", "SQLITE_NOTADB", []byte(strings.Repeat("no database ", 1000))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := newFiles(t)
			if err := os.WriteFile(db, tt.db, 0o600); err != nil {
				t.Fatal(err)
			}
			dbFd, walFd := openFds(t, db)
			defer unix.Close(dbFd)
			defer unix.Close(walFd)
			s, err := Open(dbFd, walFd, Limits{})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q", err, tt.want)
			}
			var st unix.Stat_t
			if unix.Fstat(dbFd, &st) != nil {
				t.Error("the descriptor was closed although opening failed")
			}
		})
	}
}

func TestSeveralStoresInOneProcess(t *testing.T) {
	a, b := openNew(t), openNew(t)
	put(t, a, "k", "a")
	put(t, b, "k", "b")
	endTurn(t, a)
	endTurn(t, b)
	if get(t, a, "k") != "a" || get(t, b, "k") != "b" {
		t.Error("stores share data")
	}
}

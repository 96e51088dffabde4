package storage

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// checkIntegrity asks another SQLite, which opens copies of the files by path,
// for an integrity_check; it returns a handle to ask more.
func checkIntegrity(t testing.TB, db string) *sql.DB {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.sqlite")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(db + suffix)
		if err == nil {
			err = os.WriteFile(copied+suffix, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ref, err := sql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ref.Close() })
	var got string
	if err := ref.QueryRow("PRAGMA integrity_check").Scan(&got); err != nil || got != "ok" {
		t.Fatalf("integrity_check: %s, %v", got, err)
	}
	return ref
}

func scalar(t testing.TB, ref *sql.DB, q string) string {
	t.Helper()
	var v any
	if err := ref.QueryRow(q).Scan(&v); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	return fmt.Sprint(v)
}

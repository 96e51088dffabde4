//go:build linux && amd64

package acceptance

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // another SQLite than the facet's, as a second opinion
)

// intact copies a facet's database and log, opens the copy as SQLite would after
// a crash, and fails the test unless it is sound. It returns the ids of the
// entries in it. No process may have the files open.
func intact(t *testing.T, database string) []int {
	t.Helper()
	dir := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(database + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "copy.sqlite"+suffix), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "copy.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, pragma := range []string{"integrity_check", "foreign_key_check"} {
		for _, line := range column[string](t, db, "PRAGMA "+pragma) {
			if line != "ok" {
				t.Errorf("%s: %s", pragma, line)
			}
		}
	}
	return column[int](t, db, "SELECT DISTINCT id FROM parts")
}

func column[T any](t *testing.T, db *sql.DB, query string) []T {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

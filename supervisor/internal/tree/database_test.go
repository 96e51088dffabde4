//go:build linux

package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestOpenDB(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data with ?, # and %41")
	s, o := openAll(t, dir)
	db, err := o.OpenDB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.OpenDB(t.Context()) // its checks must not drop the first one's locks
	if err != nil {
		t.Fatal(err)
	}
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "trusted_schema": "0",
	} {
		var got string
		if err := db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s, %v", pragma, got, want, err)
		}
	}
	if _, err := db.Exec("CREATE TABLE t(x); INSERT INTO t VALUES(7)"); err != nil {
		t.Fatal(err)
	}
	var x int
	if err := second.QueryRow("SELECT x FROM t").Scan(&x); err != nil || x != 7 {
		t.Fatalf("%d, %v", x, err)
	}
	entries, err := os.ReadDir(objectPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if n := len(entries); n != 4 {
		t.Errorf("%d files, want index, database, log, shared memory", n)
	}
	second.Close()
	db.Close()
	if fmt.Sprint(facetFiles(t, dir)) != "[object.sqlite]" {
		t.Errorf("after close: %v", facetFiles(t, dir))
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

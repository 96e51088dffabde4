//go:build linux

package tree

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func init() {
	helpers["hold"] = func() error { // keeps what it inherited until its input ends
		fmt.Println("ready")
		_, err := os.Stdin.Read(make([]byte, 1))
		if err != nil && err.Error() == "EOF" {
			return nil
		}
		return err
	}
}

func TestTemplate(t *testing.T) {
	if !strings.HasPrefix(string(template), "SQLite format 3\x00") || template[18] != 2 || template[19] != 2 {
		t.Fatal("the template is not a database in WAL mode")
	}
	if size := int(template[16])<<8 | int(template[17]); size != 4096 || len(template)%size != 0 {
		t.Fatalf("page size %d, %d bytes", size, len(template))
	}
	path := filepath.Join(t.TempDir(), "t.sqlite")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"_cf_KV", "_cf_METADATA"} {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d rows, %v", table, n, err)
		}
	}
	var check string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity: %s, %v", check, err)
	}
}

func TestOpenFiles(t *testing.T) {
	_, o := openAll(t, newDir(t))
	n := mustCreate(t, o, 0, "app")
	f, err := o.OpenFiles(n)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(f.DB.Name()); err != nil || string(b) != string(template) {
		t.Fatalf("a new database is not the template: %d bytes, %v", len(b), err)
	}
	if _, err := f.DB.WriteAt([]byte("x"), 0); err != nil {
		t.Fatalf("database: %v", err)
	}
	if _, err := f.WAL.WriteAt([]byte("y"), 0); err != nil {
		t.Fatalf("log: %v", err)
	}
	f.Close()
	if db, wal := content(t, o, n); db[0] != 'x' || wal != "y" {
		t.Fatal("opening again lost what was written")
	}
	if _, err := o.OpenFiles(n + 1); !errors.Is(err, ErrNotFound) {
		t.Errorf("number %d: %v, want ErrNotFound", n+1, err)
	}
}

// The database of the object's class is there before any facet, is no facet, and
// outlives all of them and a restart.
func TestOpenFilesOfTheObject(t *testing.T) {
	dir := newDir(t)
	s, o := openAll(t, dir)
	f, err := o.OpenFiles(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.DB.WriteAt([]byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := o.OpenFiles(0); !errors.Is(err, ErrBusy) {
		t.Errorf("second owner: %v, want ErrBusy", err)
	}
	f.Close()
	mustCreate(t, o, 0, "app")
	if err := o.DeleteAll(); err != nil {
		t.Fatal(err)
	}
	if list := o.Children(0); len(list) != 0 {
		t.Errorf("children: %v", list)
	}
	if err := errors.Join(o.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	_, o = openAll(t, dir)
	if db, _ := content(t, o, 0); db[0] != 'x' {
		t.Error("what was written is lost")
	}
}

// The fence holds as long as any process has the database, not only ours.
func TestFence(t *testing.T) {
	_, o := openAll(t, newDir(t))
	n := mustCreate(t, o, 0, "app")
	f, err := o.OpenFiles(n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.OpenFiles(n); !errors.Is(err, ErrBusy) {
		t.Fatalf("second owner here: %v, want ErrBusy", err)
	}
	child := exec.Command("/proc/self/exe")
	child.Env = append(os.Environ(), helperEnv+"=hold")
	child.ExtraFiles = []*os.File{f.DB, f.WAL}
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := o.OpenFiles(n); !errors.Is(err, ErrBusy) {
		t.Fatalf("second owner while the first lives: %v, want ErrBusy", err)
	}
	in.Close()
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := openAndClose(nil, o, n); err != nil {
		t.Fatalf("after its death: %v", err)
	}
}

// A database without its log is taken, a log without its database is not.
func TestMissingFiles(t *testing.T) {
	dir := newDir(t)
	_, o := openAll(t, dir)
	n := mustCreate(t, o, 0, "app")
	put(t, o, n, "db", "wal")
	if err := os.Remove(filepath.Join(objectPath(dir), walName(n))); err != nil {
		t.Fatal(err)
	}
	if db, wal := content(t, o, n); db != "db" || wal != "" {
		t.Fatalf("content %q, %q", db, wal)
	}
	put(t, o, n, "db", "wal")
	if err := os.Remove(filepath.Join(objectPath(dir), databaseName(n))); err != nil {
		t.Fatal(err)
	}
	if _, err := o.OpenFiles(n); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("%v, want ErrCorrupt", err)
	}
	if err := o.Delete(n); err != nil {
		t.Fatal(err)
	}
	if got := facetFiles(t, dir); len(got) != 0 {
		t.Fatalf("left: %v", got)
	}
}

func TestNames(t *testing.T) {
	_, o := openAll(t, newDir(t))
	good := []string{"..", "a/b", "a", "a\x00b", "A", ".a", "é", "e\u0301", strings.Repeat("é", 128), "1.sqlite"}
	seen := map[Number]bool{}
	for _, name := range good {
		n := mustCreate(t, o, 0, name)
		if got, ok := o.Lookup(0, name); !ok || got != n || seen[n] {
			t.Errorf("%q: number %d, found %d, %v", name, n, got, ok)
		}
		seen[n] = true
	}
	if n, err := o.Create(0, "a"); !errors.Is(err, ErrExists) || n != 3 {
		t.Errorf("again: %d, %v, want 3 and ErrExists", n, err)
	}
	for name, want := range map[string]error{
		"": ErrBadName, "\xff": ErrBadName,
		strings.Repeat("é", 129): ErrNameTooLong, strings.Repeat("a", 257): ErrNameTooLong,
	} {
		if _, err := o.Create(0, name); !errors.Is(err, want) {
			t.Errorf("%.10q: %v, want %v", name, err, want)
		}
		if _, err := o.Clone(t.Context(), 0, "a", name, nil); !errors.Is(err, want) {
			t.Errorf("clone to %.10q: %v, want %v", name, err, want)
		}
	}
	p := Number(0)
	for _, name := range []string{"one", "two", "three"} {
		p = mustCreate(t, o, p, name)
	}
	if _, err := o.Create(p, "four"); !errors.Is(err, ErrDepth) {
		t.Errorf("depth 5: %v, want ErrDepth", err)
	}
	if _, err := o.Create(999, "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("below nothing: %v, want ErrNotFound", err)
	}
}

// A facet's code may make facets; their number in an object has an end.
func TestTooManyFacets(t *testing.T) {
	_, o := openAll(t, newDir(t))
	n := mustCreate(t, o, 0, "app")
	nodes := o.o.index.tree.nodes
	for i := Number(1); len(nodes) < maxFacets; i++ {
		nodes[1_000_000+i] = &node{number: 1_000_000 + i, parent: n}
	}
	last := mustCreate(t, o, 0, "last")
	if _, err := o.Create(0, "more"); !errors.Is(err, ErrTooMany) {
		t.Errorf("create: %v, want ErrTooMany", err)
	}
	if _, err := o.Clone(t.Context(), 0, "last", "more", nil); !errors.Is(err, ErrTooMany) {
		t.Errorf("clone: %v, want ErrTooMany", err)
	}
	if err := o.Delete(last); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, o, 0, "more")
}

//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestDelete(t *testing.T) {
	dir := newDir(t)
	_, o := openAll(t, dir)
	a := mustCreate(t, o, 0, "a")
	b := mustCreate(t, o, a, "b")
	c := mustCreate(t, o, b, "c")
	other := mustCreate(t, o, 0, "other")
	for _, n := range []Number{a, b, c, other} {
		put(t, o, n, fmt.Sprint("db", n), "wal")
	}
	if err := o.Delete(a); err != nil {
		t.Fatal(err)
	}
	for _, n := range []Number{a, b, c} {
		if o.Subtree(n) != nil {
			t.Errorf("%d is still there", n)
		}
		if err := o.Delete(n); !errors.Is(err, ErrNotFound) {
			t.Errorf("delete %d again: %v", n, err)
		}
	}
	if got := facetFiles(t, dir); len(got) != 2 {
		t.Fatalf("files %v, want those of %d", got, other)
	}
	again := mustCreate(t, o, 0, "a")
	if db, _ := content(t, o, again); db != string(template) {
		t.Fatal("the new facet has old data")
	}
	if err := o.DeleteAll(); err != nil {
		t.Fatal(err)
	}
	if got := facetFiles(t, dir); len(got) != 0 || len(o.Children(0)) != 0 {
		t.Fatalf("after DeleteAll: %v", got)
	}
	if err := o.Delete(0); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete the root: %v", err)
	}
}

// Names that come and go neither use the index up (facts F27, F28) nor the
// numbers of the living.
func TestCompaction(t *testing.T) {
	dir := newMemoryDir(t)
	s, o := openAll(t, dir)
	keep := mustCreate(t, o, 0, "keep")
	put(t, o, keep, "kept", "")
	last := keep
	for i := range compactMin {
		n := mustCreate(t, o, 0, fmt.Sprint("name ", i))
		if n != last+1 {
			t.Fatalf("number %d after %d", n, last)
		}
		last = n
		if err := o.Delete(n); err != nil {
			t.Fatal(err)
		}
	}
	st, err := os.Stat(filepath.Join(objectPath(dir), indexName))
	if err != nil || st.Size() > 30000 {
		t.Fatalf("index of one facet: %d bytes, %v", st.Size(), err)
	}
	o.Close()
	s.Close()
	_, o = openAll(t, dir)
	if db, _ := content(t, o, keep); db != "kept" {
		t.Fatalf("content %q", db)
	}
	if n := mustCreate(t, o, 0, "next"); n != last+1 {
		t.Fatalf("number %d after %d", n, last)
	}
}

func TestSweep(t *testing.T) {
	dir := newDir(t)
	s, o := openAll(t, dir)
	dead := mustCreate(t, o, 0, "dead")
	live := mustCreate(t, o, 0, "live")
	put(t, o, live, "live", "")
	if err := o.Delete(dead); err != nil {
		t.Fatal(err)
	}
	o.Close()
	at := func(name string) string { return filepath.Join(objectPath(dir), name) }
	for _, name := range []string{"1.sqlite", "1.sqlite-wal", "2.sqlite.tmp", "1.sqlite.tmp", indexNewName, "notes", "01.sqlite", "x.sqlite"} {
		if err := os.WriteFile(at(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(facetFiles(t, dir)), "[01.sqlite 2.sqlite 2.sqlite-wal notes x.sqlite]"; got != want {
		t.Fatalf("left %s, want %s", got, want)
	}
	// What the index has never heard of is not ours to remove.
	if err := os.WriteFile(at("3.sqlite"), []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context()); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("unknown number: %v, want ErrCorrupt", err)
	}
	if err := errors.Join(os.Remove(at("3.sqlite")), os.Remove(at(indexName))); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context()); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("lost index: %v, want ErrCorrupt", err)
	}
	if b, err := os.ReadFile(at("2.sqlite")); err != nil || string(b) != "live" {
		t.Fatalf("the facet's data: %q, %v", b, err)
	}
}

//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func init() {
	helpers["lock"] = func() error {
		s, err := Open(os.Getenv("TREE_DIR"), Options{})
		if err != nil {
			return err
		}
		return s.Close()
	}
}

func runHelper(name string, env ...string) (output string, err error) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), append(env, helperEnv+"="+name)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestLock(t *testing.T) {
	dir := newDir(t)
	s, o := openAll(t, dir)
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Fatalf("second open: %v, want ErrLocked", err)
	}
	out, err := runHelper("lock", "TREE_DIR="+dir)
	if err == nil || !strings.Contains(out, fmt.Sprintf("process %d;", os.Getpid())) {
		t.Fatalf("another process: %v, %q, want an error that names process %d", err, out, os.Getpid())
	}
	s.Close()
	if out, err := runHelper("lock", "TREE_DIR="+dir); err == nil {
		t.Fatalf("the lock went while an object was open: %q", out)
	}
	o.Close()
	if out, err := runHelper("lock", "TREE_DIR="+dir); err != nil {
		t.Fatalf("after close: %v, %q", err, out)
	}
	if _, err := s.Object(testNamespace, testID); !errors.Is(err, ErrClosed) {
		t.Fatalf("object of a closed store: %v", err)
	}
	if _, err := o.Create(0, "a"); !errors.Is(err, ErrClosed) {
		t.Fatalf("create in a closed object: %v", err)
	}
}

// Nothing is on disk before something has to be (fact D13).
func TestLazy(t *testing.T) {
	dir := newDir(t)
	s, o := openAll(t, dir)
	if _, ok := o.Lookup(0, "app"); ok {
		t.Fatal("a facet out of nothing")
	}
	if o.Children(0) != nil || o.DeleteAll() != nil {
		t.Fatal("an object that is not there has facets")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 || entries[0].Name() != lockName {
		t.Fatalf("on disk: %v", entries)
	}
	n := mustCreate(t, o, 0, "app")
	if got := facetFiles(t, dir); len(got) != 0 {
		t.Fatalf("files after create: %v", got)
	}
	put(t, o, n, "db", "wal")
	if got, want := facetFiles(t, dir), []string{"1.sqlite", "1.sqlite-wal"}; !reflect.DeepEqual(got, want) {
		t.Fatalf("files %v, want %v", got, want)
	}
	refs, err := s.Objects()
	if want := []Ref{{testNamespace, testID}}; err != nil || !reflect.DeepEqual(refs, want) {
		t.Fatalf("objects %v, want %v, %v", refs, want, err)
	}
}

func TestNamespaces(t *testing.T) {
	tests := []struct {
		namespace string
		plain     bool
	}{
		{"AppRunner", true},
		{"a", true},
		{strings.Repeat("a", 64), true},
		{strings.Repeat("a", 65), false},
		{"tmp", false},
		{"..", false},
		{"a/b", false},
		{"_a", false},
		{"1a", false},
		{"a.b", true},
		{"my-app.Counter", true},
		{"a.b.c", false},
		{"facetd.lock", false},
		{"ns-" + strings.Repeat("0", 40), false},
		{"nul\x00byte", false},
		{"größe", false},
	}
	dir := newDir(t)
	s, _ := openAll(t, dir)
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%q", tt.namespace), func(t *testing.T) {
			o, err := s.Object(tt.namespace, testID)
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			mustCreate(t, o, 0, "app")
			_, err = os.Stat(filepath.Join(dir, filepath.Base(tt.namespace), testID))
			if (err == nil) != tt.plain {
				t.Fatalf("directory of its own name: %v, want %v", err == nil, tt.plain)
			}
		})
	}
	refs, err := s.Objects()
	if err != nil || len(refs) != len(tests) {
		t.Fatalf("%d objects, want %d: %v", len(refs), len(tests), err)
	}
	for _, r := range refs {
		o, err := s.Object(r.Namespace, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := o.Lookup(0, "app"); !ok {
			t.Errorf("%q has lost its facet", r.Namespace)
		}
		o.Close()
	}
	if err := os.Chmod(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if some, err := s.Objects(); !errors.Is(err, ErrRefused) || len(some) != len(refs)-1 {
		t.Fatalf("with a bad namespace: %d objects, %v", len(some), err)
	}
	for _, bad := range []string{"", strings.Repeat("a", maxNamespaceBytes+1)} {
		if _, err := s.Object(bad, testID); !errors.Is(err, ErrBadName) {
			t.Errorf("namespace of %d bytes: %v", len(bad), err)
		}
	}
	for _, bad := range []string{"", "..", strings.Repeat("A", 64), strings.Repeat("a", 63), "../" + strings.Repeat("a", 61)} {
		if _, err := s.Object("A", bad); !errors.Is(err, ErrBadName) {
			t.Errorf("object id %q: %v", bad, err)
		}
	}
}

func TestReopen(t *testing.T) {
	dir := newDir(t)
	s, o := openAll(t, dir)
	a := mustCreate(t, o, 0, "a")
	b := mustCreate(t, o, a, "b")
	gone := mustCreate(t, o, 0, "gone")
	put(t, o, b, "db of b", "wal of b")
	if err := o.Delete(gone); err != nil {
		t.Fatal(err)
	}
	o.Close()
	s.Close()
	_, o = openAll(t, dir)
	if got, ok := o.Lookup(a, "b"); !ok || got != b {
		t.Fatalf("b is %d, %v, want %d", got, ok, b)
	}
	if db, wal := content(t, o, b); db != "db of b" || wal != "wal of b" {
		t.Fatalf("content %q, %q", db, wal)
	}
	if n := mustCreate(t, o, 0, "gone"); n <= gone {
		t.Fatalf("number %d was given again", n)
	}
	entries := o.Children(a)
	if want := []Entry{{"b", b, 7, 8}}; !reflect.DeepEqual(entries, want) {
		t.Fatalf("children %v, want %v", entries, want)
	}
}

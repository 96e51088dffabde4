//go:build linux

package tree

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/facetd/facetd/supervisor/internal/leak"
)

// helpers are what the test binary does when it is started again as a process
// of its own, by the name in the environment.
var helpers = map[string]func() error{}

const helperEnv = "FACETD_TREE_TEST_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		if err := helpers[name](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	leak.Main(m, nil)
}

const testNamespace = "AppRunner"

var testID = strings.Repeat("0a", 32)

func newDir(t testing.TB) string { return filepath.Join(t.TempDir(), "data") }

// newMemoryDir is for tests that make thousands of changes and lose nothing by
// syncs that cost nothing, as no power is cut in them.
func newMemoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "facetd-tree")
	if err != nil {
		return newDir(t)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

func objectPath(dir string) string { return filepath.Join(dir, testNamespace, testID) }

// openAll opens a store and the test object, both closed at the end of the
// test, and checks that no descriptor is left.
func openAll(t testing.TB, dir string) (*Store, *Object) {
	t.Helper()
	checkDescriptors(t)
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o, err := s.Object(testNamespace, testID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return s, o
}

// checkDescriptors compares the open descriptors beneath the test's directory
// at the end of the test with those of its beginning.
func checkDescriptors(t testing.TB) {
	t.Helper()
	before := descriptors(t)
	t.Cleanup(func() {
		if after := descriptors(t); after != before {
			t.Errorf("open descriptors at the end:\n%s\nat the beginning:\n%s", after, before)
		}
	})
}

func descriptors(t testing.TB) string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && (strings.Contains(target, ".sqlite") || strings.Contains(target, "facet") || strings.Contains(target, "/data")) {
			fmt.Fprintln(&b, target)
		}
	}
	return b.String()
}

func mustCreate(t testing.TB, o *Object, parent Number, name string) Number {
	t.Helper()
	n, err := o.Create(parent, name)
	if err != nil {
		t.Fatalf("create %q below %d: %v", name, parent, err)
	}
	return n
}

// put makes the files of a facet and replaces their content.
func put(t testing.TB, o *Object, n Number, db, wal string) {
	t.Helper()
	f, err := o.OpenFiles(n)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for file, content := range map[*os.File]string{f.DB: db, f.WAL: wal} {
		if err := file.Truncate(0); err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte(content), 0); err != nil {
			t.Fatal(err)
		}
	}
}

func content(t testing.TB, o *Object, n Number) (db, wal string) {
	t.Helper()
	f, err := o.OpenFiles(n)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [2]string
	for i, file := range []*os.File{f.DB, f.WAL} {
		b, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(b)
	}
	return out[0], out[1]
}

func facetFiles(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(objectPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if e.Name() != indexName {
			out = append(out, e.Name())
		}
	}
	return out
}

//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	// A disk that is full in the middle of a record: the limit on the file's
	// size lets five bytes of it through.
	helpers["full"] = func() error {
		s, err := Open(os.Getenv("TREE_DIR"), Options{})
		if err != nil {
			return err
		}
		o, err := s.Object(testNamespace, testID)
		if err != nil {
			return err
		}
		full := unix.Rlimit{Cur: uint64(o.o.index.size) + 5, Max: unix.RLIM_INFINITY}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &full); err != nil {
			return err
		}
		if _, err := o.Create(0, "no room"); !errors.Is(err, unix.EFBIG) {
			return fmt.Errorf("no room: %w, want EFBIG", err)
		}
		if st, err := o.o.index.file.Stat(); err != nil || st.Size() != o.o.index.size {
			return fmt.Errorf("%d bytes are left of %d, %w", st.Size(), o.o.index.size, err)
		}
		full.Cur = full.Max
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &full); err != nil {
			return err
		}
		_, err = o.Create(0, "room")
		return err
	}
}

func TestDiskFull(t *testing.T) {
	dir := newDir(t)
	s, o := openAll(t, dir)
	mustCreate(t, o, 0, "a")
	o.Close()
	s.Close()
	if out, err := runHelper("full", "TREE_DIR="+dir); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, o = openAll(t, dir)
	if _, ok := o.Lookup(0, "room"); !ok || len(o.Children(0)) != 2 {
		t.Fatalf("children %v", o.Children(0))
	}
}

// A torn tail is cut off, and what is appended then can be read again.
func TestTornTailOnDisk(t *testing.T) {
	dir := newDir(t)
	s, o := openAll(t, dir)
	mustCreate(t, o, 0, "a")
	o.Close()
	path := filepath.Join(objectPath(dir), indexName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(good, "torn"...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "c"} {
		o, err := s.Object(testNamespace, testID)
		if err != nil {
			t.Fatal(err)
		}
		mustCreate(t, o, 0, name)
		o.Close()
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if tr, _, n, err := parseIndex(data); err != nil || n != int64(len(data)) || len(tr.nodes) != 4 {
		t.Fatalf("%d of %d bytes are good, %v", n, len(data), err)
	}
	// Damage before the end is not cut off, and changes nothing.
	bad := append([]byte{}, data...)
	bad[len(good)-1] ^= 1
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Object(testNamespace, testID); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("%v, want ErrCorrupt", err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(bad) {
		t.Fatal("the damaged index was changed")
	}
}

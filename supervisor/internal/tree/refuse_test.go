//go:build linux

package tree

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Attacks 7 to 9: something else stands where a file has to be. Each is refused
// with its path, and left as it was. Taking it away again makes the same call
// succeed, so it is the check that refuses and nothing else.
func TestRefuseFiles(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	kinds := []struct {
		name    string
		reason  string
		root    bool
		regular bool
		put     func(path string) error
	}{
		{"symbolic link", "symbolic link", false, false, func(p string) error { return os.Symlink(outside, p) }},
		{"dangling link", "symbolic link", false, false, func(p string) error { return os.Symlink(outside+"-none", p) }},
		{"hard link", "2 links", false, true, func(p string) error { return os.Link(outside, p) }},
		{"FIFO", "FIFO", false, false, func(p string) error { return unix.Mkfifo(p, 0o600) }},
		{"socket", "socket", false, false, func(p string) error { return unix.Mknod(p, unix.S_IFSOCK|0o600, 0) }},
		{"directory", "directory", false, false, func(p string) error { return os.Mkdir(p, 0o700) }},
		{"device", "device", true, false, func(p string) error { return unix.Mknod(p, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))) }},
		{"foreign owner", "uid 12345", true, true, func(p string) error {
			return errors.Join(os.WriteFile(p, []byte("foreign"), 0o600), os.Chown(p, 12345, -1))
		}},
		{"readable by the group", "0640", false, true, func(p string) error {
			return errors.Join(os.WriteFile(p, []byte("open"), 0o600), os.Chmod(p, 0o640))
		}},
		{"set-user-id", "4600", false, true, func(p string) error {
			return errors.Join(os.WriteFile(p, []byte("suid"), 0o600), os.Chmod(p, 0o600|os.ModeSetuid))
		}},
		{"sparse and huge", "limit", false, true, func(p string) error {
			return errors.Join(os.WriteFile(p, nil, 0o600), os.Truncate(p, 1<<41))
		}},
	}
	places := []struct {
		name, file string
		act        func(s *Store, o *Object, n Number) error
	}{
		{"database", "1.sqlite", openAndClose},
		{"log", "1.sqlite-wal", openAndClose},
		{"temporary database", "1.sqlite.tmp", openAndClose},
		{"object database", objectDatabase, func(s *Store, o *Object, n Number) error {
			db, err := o.OpenDB(t.Context())
			if err == nil {
				err = db.Close()
			}
			return err
		}},
		{"clone source", "1.sqlite", func(s *Store, o *Object, n Number) error {
			_, err := o.Clone(t.Context(), 0, "app", "copy", nil)
			return err
		}},
	}
	for _, place := range places {
		for _, kind := range kinds {
			temp := strings.HasSuffix(place.file, tempSuffix)
			if temp && kind.regular || place.file == objectDatabase && kind.reason == "limit" {
				continue // a leftover, which is ours to remove; SQLite's own affair
			}
			t.Run(place.name+"/"+kind.name, func(t *testing.T) {
				if kind.root && os.Geteuid() != 0 {
					skip(t, "only root can make this")
				}
				dir := newDir(t)
				s, o := openAll(t, dir)
				n := mustCreate(t, o, 0, "app")
				path := filepath.Join(objectPath(dir), place.file)
				if strings.HasSuffix(place.file, "-wal") {
					put(t, o, n, "x", "")
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
				}
				if err := kind.put(path); err != nil {
					t.Fatal(err)
				}
				before := identity(t, path)
				err := place.act(s, o, n)
				if temp {
					if !errors.Is(err, os.ErrExist) {
						t.Fatalf("%v, want ErrExist", err)
					}
				} else if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), kind.reason) {
					t.Fatalf("%v, want a refusal that names %s and %q", err, path, kind.reason)
				}
				if after := identity(t, path); after != before {
					t.Fatalf("it was touched: %+v, before %+v", after, before)
				}
				if b, err := os.ReadFile(outside); err != nil || string(b) != "outside" {
					t.Fatalf("the link's target was touched: %q, %v", b, err)
				}
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := place.act(s, o, n); err != nil {
					t.Fatalf("without it: %v", err)
				}
			})
		}
	}
}

func openAndClose(_ *Store, o *Object, n Number) error {
	f, err := o.OpenFiles(n)
	if err != nil {
		return err
	}
	return f.Close()
}

// identity is what must not change of a refused file.
func identity(t *testing.T, path string) (id struct {
	Ino, Nlink  uint64
	Mode, Uid   uint32
	Size        int64
	Mtim, Ctime unix.Timespec
}) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	id.Ino, id.Nlink, id.Mode, id.Uid, id.Size, id.Mtim, id.Ctime = st.Ino, st.Nlink, st.Mode, st.Uid, st.Size, st.Mtim, st.Ctim
	return id
}

// skip skips, or fails where the environment says that everything has to run.
func skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("FACETD_MUST_WORK") == "1" {
		t.Fatal("must not be skipped: " + reason)
	}
	t.Skip(reason)
}

// Directories, the index and the lock file are held to the same rules.
func TestRefusePlaces(t *testing.T) {
	tests := []struct {
		name string
		bend func(dir string) error
	}{
		{"data directory open to others", func(dir string) error { return os.Chmod(dir, 0o755) }},
		{"namespace open to others", func(dir string) error { return os.Chmod(filepath.Join(dir, testNamespace), 0o750) }},
		{"object open to others", func(dir string) error { return os.Chmod(objectPath(dir), 0o701) }},
		{"namespace is a link", func(dir string) error { return swapForLink(filepath.Join(dir, testNamespace)) }},
		{"object is a link", func(dir string) error { return swapForLink(objectPath(dir)) }},
		{"object is a file", func(dir string) error {
			return errors.Join(os.RemoveAll(objectPath(dir)), os.WriteFile(objectPath(dir), nil, 0o600))
		}},
		{"index is a link", func(dir string) error { return swapForLink(filepath.Join(objectPath(dir), indexName)) }},
		{"index open to others", func(dir string) error { return os.Chmod(filepath.Join(objectPath(dir), indexName), 0o644) }},
		{"lock is a link", func(dir string) error { return swapForLink(filepath.Join(dir, lockName)) }},
		{"lock is a FIFO", func(dir string) error {
			p := filepath.Join(dir, lockName)
			return errors.Join(os.Remove(p), unix.Mkfifo(p, 0o600))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkDescriptors(t)
			dir := newDir(t)
			s, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			o, err := s.Object(testNamespace, testID)
			if err != nil {
				t.Fatal(err)
			}
			mustCreate(t, o, 0, "app")
			o.Close()
			s.Close()
			if err := openOnce(dir); err != nil {
				t.Fatalf("before: %v", err)
			}
			if err := tt.bend(dir); err != nil {
				t.Fatal(err)
			}
			if err := openOnce(dir); !errors.Is(err, ErrRefused) {
				t.Fatalf("%v, want ErrRefused", err)
			}
		})
	}
}

func openOnce(dir string) error {
	s, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	o, err := s.Object(testNamespace, testID)
	if err != nil {
		return err
	}
	return o.Close()
}

func swapForLink(path string) error {
	return errors.Join(os.Rename(path, path+"-real"), os.Symlink(filepath.Base(path)+"-real", path))
}

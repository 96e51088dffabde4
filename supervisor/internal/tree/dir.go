//go:build linux

package tree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// dir is a directory held by descriptor. Its path is for messages only.
type dir struct {
	fd   int
	path string
}

func (d *dir) close() error { return unix.Close(d.fd) }

func (d *dir) join(name string) string { return filepath.Join(d.path, name) }

// openat opens name, one component, beneath d. Neither it nor anything on the
// way may be a symbolic link (openat2(2)).
func (d *dir) openat(name string, flags int, mode uint64) (int, error) {
	how := unix.OpenHow{
		Flags:   uint64(flags) | unix.O_CLOEXEC | unix.O_NOFOLLOW,
		Mode:    mode,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	for {
		fd, err := unix.Openat2(d.fd, name, &how)
		switch {
		case err == nil:
			return fd, nil
		case err == unix.EINTR || err == unix.EAGAIN: // EAGAIN: a rename raced
			continue
		case err == unix.ENOSYS:
			return -1, fmt.Errorf("open %s: %w: openat2 needs Linux 5.6 or a container profile that allows it", d.join(name), ErrUnsupported)
		}
		return -1, &os.PathError{Op: "open", Path: d.join(name), Err: err}
	}
}

// open opens an existing file for reading and writing. The file is looked at
// through an O_PATH descriptor first, because merely opening a device or a FIFO
// can have effects, and again once it is open.
func (d *dir) open(name string) (*os.File, error) {
	probe, err := d.openat(name, unix.O_PATH, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(probe)
	before, err := d.checkFile(probe, name)
	if err != nil {
		return nil, err
	}
	fd, err := d.openat(name, unix.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	after, err := d.checkFile(fd, name)
	if err == nil && (before.Dev != after.Dev || before.Ino != after.Ino) {
		err = &RefusedError{d.join(name), "it was replaced while it was being opened"}
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), d.join(name)), nil
}

// create makes a file that must not exist.
func (d *dir) create(name string) (*os.File, error) { return d.createFor(name, name) }

// createFor is create for a file that will be renamed: the *os.File has its
// later name already.
func (d *dir) createFor(name, later string) (*os.File, error) {
	fd, err := d.openat(name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := d.checkFile(fd, name); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), d.join(later)), nil
}

// checkFile holds a file to: regular, ours, one link, mode 0600 exactly.
func (d *dir) checkFile(fd int, name string) (unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return st, &os.PathError{Op: "fstat", Path: d.join(name), Err: err}
	}
	reason := ""
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		reason = "it is a " + typeName(st.Mode) + ", not a regular file"
	case st.Uid != uint32(os.Geteuid()):
		reason = fmt.Sprintf("it belongs to uid %d, not to %d", st.Uid, os.Geteuid())
	case st.Nlink != 1:
		reason = fmt.Sprintf("it has %d links, not one", st.Nlink)
	case st.Mode&0o7777 != 0o600:
		reason = fmt.Sprintf("its mode is %04o, not 0600", st.Mode&0o7777)
	default:
		return st, nil
	}
	return st, &RefusedError{d.join(name), reason}
}

// openDir opens a directory beneath d: ours, and closed to everybody else.
func (d *dir) openDir(name string) (*dir, error) {
	fd, err := d.openat(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
			return nil, &RefusedError{d.join(name), "it is not a directory (or is a symbolic link)"}
		}
		return nil, err
	}
	sub := &dir{fd: fd, path: d.join(name)}
	if err := sub.check(); err != nil {
		sub.close()
		return nil, err
	}
	return sub, nil
}

// check holds a directory to: ours, no access for group and others.
func (d *dir) check() error {
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		return &os.PathError{Op: "fstat", Path: d.path, Err: err}
	}
	switch {
	case st.Uid != uint32(os.Geteuid()):
		return &RefusedError{d.path, fmt.Sprintf("it belongs to uid %d, not to %d", st.Uid, os.Geteuid())}
	case st.Mode&0o777 != 0o700:
		return &RefusedError{d.path, fmt.Sprintf("its mode is %04o, not 0700 (chmod 0700 it)", st.Mode&0o7777)}
	}
	return nil
}

// makeDir opens a directory, making it first where it is missing. d is synced
// in any case: a crash may have come after the mkdir.
func (d *dir) makeDir(name string) (*dir, error) {
	if err := unix.Mkdirat(d.fd, name, 0o700); err != nil && err != unix.EEXIST {
		return nil, &os.PathError{Op: "mkdir", Path: d.join(name), Err: err}
	}
	if err := d.sync(); err != nil {
		return nil, err
	}
	return d.openDir(name)
}

// sync makes the directory's entries durable.
func (d *dir) sync() error {
	if err := unix.Fsync(d.fd); err != nil {
		return &os.PathError{Op: "fsync", Path: d.path, Err: err}
	}
	return nil
}

func (d *dir) rename(from, to string) error {
	if err := unix.Renameat(d.fd, from, d.fd, to); err != nil {
		return &os.LinkError{Op: "rename", Old: d.join(from), New: d.join(to), Err: err}
	}
	return nil
}

// renameNew renames, and fails where there is a file of the new name: one that
// holds data is never written over.
func (d *dir) renameNew(from, to string) error {
	if err := unix.Renameat2(d.fd, from, d.fd, to, unix.RENAME_NOREPLACE); err != nil {
		return &os.LinkError{Op: "rename", Old: d.join(from), New: d.join(to), Err: err}
	}
	return nil
}

// remove unlinks a file; one that is not there is no error.
func (d *dir) remove(name string) error {
	if err := unix.Unlinkat(d.fd, name, 0); err != nil && err != unix.ENOENT {
		return &os.PathError{Op: "unlink", Path: d.join(name), Err: err}
	}
	return nil
}

// size returns the size of a regular file, 0 where there is none.
func (d *dir) size(name string) int64 {
	var st unix.Stat_t
	if unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return 0
	}
	return st.Size
}

// list returns the names in the directory, unsorted.
func (d *dir) list() ([]string, error) {
	fd, err := d.openat(".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), d.path)
	defer f.Close()
	return f.Readdirnames(-1)
}

func typeName(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "symbolic link"
	case unix.S_IFIFO:
		return "FIFO"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFBLK, unix.S_IFCHR:
		return "device"
	}
	return "file of unknown type"
}

// control runs a system call on a file's descriptor while it is surely open.
func control(f *os.File, call func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = call(int(fd)) }); err != nil {
		return err
	}
	return inner
}

func fdatasync(f *os.File) error {
	if err := control(f, unix.Fdatasync); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}

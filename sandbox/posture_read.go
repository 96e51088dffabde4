//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxProcFile bounds what is read of one file in /proc: a process can make its
// own environment, mount table and arguments long.
const maxProcFile = 1 << 20

// maxEntries bounds threads, descriptors and root entries that are read.
const maxEntries = 4096

// ReadPosture reads what the kernel says about a process. It may be called for
// any process the caller may inspect; a non-dumpable one can be inspected fully
// only by root. It fails when the process is gone; what only cannot be read is
// in Posture.Unreadable. The process goes on meanwhile: the fields are read one
// after the other.
func ReadPosture(pid int) (Posture, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return Posture{}, fmt.Errorf("sandbox: posture of process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	r := postureReader{dir: fmt.Sprintf("/proc/%d", pid)}
	r.p.PID = pid
	r.threads()
	r.maps()
	r.namespaces()
	r.mounts()
	r.files()
	r.strings()
	r.limits()
	r.cgroups()
	r.dumpable()
	// All of it was one process's only if that one still lives: its number
	// cannot have been given away before.
	if err := unix.PidfdSendSignal(fd, 0, nil, 0); err != nil && err != unix.EPERM {
		return Posture{}, fmt.Errorf("sandbox: posture of process %d: %w", pid, err)
	}
	return r.p, nil
}

type postureReader struct {
	p   Posture
	dir string
}

// note keeps an error as something unreadable.
func (r *postureReader) note(what string, err error) bool {
	if err != nil {
		r.p.Unreadable = append(r.p.Unreadable, fmt.Sprintf("%s: %v", what, err))
	}
	return err == nil
}

func (r *postureReader) read(name string) (string, bool) {
	b, err := readBounded(filepath.Join(r.dir, name))
	return string(b), r.note(name, err)
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxProcFile+1))
	if err == nil && len(b) > maxProcFile {
		err = errors.New("longer than 1 MiB")
	}
	return b, err
}

// list reads a bounded number of names of a directory.
func (r *postureReader) list(name string) ([]string, bool) {
	f, err := os.Open(filepath.Join(r.dir, name))
	if !r.note(name, err) {
		return nil, false
	}
	defer f.Close()
	names, err := f.Readdirnames(maxEntries + 1)
	if err == io.EOF {
		err = nil
	}
	if err == nil && len(names) > maxEntries {
		err = fmt.Errorf("more than %d entries", maxEntries)
	}
	slices.Sort(names)
	return names, r.note(name, err)
}

func (r *postureReader) threads() {
	tids, ok := r.list("task")
	if !ok {
		return
	}
	for _, tid := range tids {
		text, err := readBounded(filepath.Join(r.dir, "task", tid, "status"))
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // the thread ended meanwhile
		}
		if !r.note("task/"+tid, err) {
			continue
		}
		t, umask, err := parseStatus(string(text))
		if r.note("task/"+tid, err) {
			r.p.Threads = append(r.p.Threads, t)
			r.p.Umask = umask
		}
	}
}

func (r *postureReader) maps() {
	var err error
	if text, ok := r.read("uid_map"); ok {
		r.p.UIDMap, err = parseIDMap(text)
		r.note("uid_map", err)
	}
	if text, ok := r.read("gid_map"); ok {
		r.p.GIDMap, err = parseIDMap(text)
		r.note("gid_map", err)
	}
}

func (r *postureReader) namespaces() {
	names, _ := r.list("ns")
	r.p.Namespaces = map[string]uint64{}
	for _, name := range names {
		target, err := os.Readlink(filepath.Join(r.dir, "ns", name))
		if !r.note("ns/"+name, err) {
			continue
		}
		inode, err := parseNamespace(target)
		if r.note("ns/"+name, err) {
			r.p.Namespaces[name] = inode
		}
	}
}

func (r *postureReader) mounts() {
	if text, ok := r.read("mountinfo"); ok {
		var err error
		r.p.Mounts, err = parseMounts(text)
		r.note("mountinfo", err)
	}
	r.p.RootEntries, _ = r.list("root")
}

func (r *postureReader) files() {
	names, _ := r.list("fd")
	for _, name := range names {
		fd, err := strconv.Atoi(name)
		if !r.note("fd/"+name, err) {
			continue
		}
		path := filepath.Join(r.dir, "fd", name)
		target, err := os.Readlink(path)
		if errors.Is(err, os.ErrNotExist) || !r.note("fd/"+name, err) {
			continue
		}
		class := classify(target)
		if class == FileOther && strings.HasPrefix(target, "/") {
			class = r.classOfPath(path)
		}
		r.p.Files = append(r.p.Files, OpenFile{fd, class, target})
	}
	slices.SortFunc(r.p.Files, func(a, b OpenFile) int { return a.FD - b.FD })
}

func (r *postureReader) classOfPath(path string) FileClass {
	info, err := os.Stat(path) // through the link: the open file itself
	switch {
	case err != nil:
		return FileOther
	case info.Mode().IsRegular():
		return FileRegular
	case info.IsDir():
		return FileDirectory
	case info.Mode()&os.ModeDevice != 0:
		return FileDevice
	default:
		return FileOther
	}
}

func (r *postureReader) strings() {
	split := func(text string) []string {
		if text = strings.TrimSuffix(text, "\x00"); text == "" {
			return nil
		}
		return strings.Split(text, "\x00")
	}
	if text, ok := r.read("environ"); ok {
		r.p.Environ = split(text)
	}
	if text, ok := r.read("cmdline"); ok {
		r.p.Args = split(text)
	}
}

func (r *postureReader) limits() {
	if text, ok := r.read("limits"); ok {
		var err error
		r.p.Limits, err = parseLimits(text)
		r.note("limits", err)
	}
}

// dumpable tells from the owner of the process's files in /proc: it is root's
// unless the process is dumpable (proc(5)).
func (r *postureReader) dumpable() {
	var st unix.Stat_t
	err := unix.Stat(filepath.Join(r.dir, "environ"), &st)
	if !r.note("dumpable", err) || len(r.p.Threads) == 0 {
		r.p.Dumpable = true
		return
	}
	euid := r.p.Threads[0].UID[1]
	r.p.Dumpable = st.Uid == euid
}

//go:build linux && amd64

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/facetd/facetd/sandbox"
)

// namespaces are those that a facet must not share with anybody.
var namespaces = []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}

func checkThreads(t *testing.T, p sandbox.Posture) {
	t.Helper()
	if len(p.Threads) < 3 {
		t.Errorf("%d threads: Go, JavaScript and the syncer are at least 3", len(p.Threads))
	}
	uid := p.Threads[0].UID[0]
	if uid < firstUID || uid >= firstUID+countUID {
		t.Errorf("user %d, not one of the facets'", uid)
	}
	for _, th := range p.Threads {
		if th.UID != [4]uint32{uid, uid, uid, uid} || th.GID != th.UID || len(th.Groups) != 0 {
			t.Errorf("thread %d: user %v, group %v %v", th.TID, th.UID, th.GID, th.Groups)
		}
		if !th.Caps.None() || !th.NoNewPrivs || th.Seccomp != 2 {
			t.Errorf("thread %d: capabilities %+v, no_new_privs %t, seccomp mode %d", th.TID, th.Caps, th.NoNewPrivs, th.Seccomp)
		}
	}
	// There is no user 0 to become, and only itself in the map.
	for _, m := range append(p.UIDMap, p.GIDMap...) {
		if m.Inside == 0 || m.Outside != uid || m.Count != 1 {
			t.Errorf("id map %+v", m)
		}
	}
	if len(p.UIDMap) != 1 || len(p.GIDMap) != 1 {
		t.Errorf("id maps %v %v, want one line each", p.UIDMap, p.GIDMap)
	}
}

func checkNamespaces(t *testing.T, p sandbox.Posture) {
	t.Helper()
	own := readPosture(t, os.Getpid())
	for _, name := range namespaces {
		if p.Namespaces[name] == 0 || p.Namespaces[name] == own.Namespaces[name] {
			t.Errorf("namespace %s: %d, the supervisor's is %d", name, p.Namespaces[name], own.Namespaces[name])
		}
	}
}

func checkRoot(t *testing.T, p sandbox.Posture) {
	t.Helper()
	if len(p.RootEntries) != 0 {
		t.Errorf("root directory holds %v", p.RootEntries)
	}
	if len(p.Mounts) != 1 {
		t.Fatalf("mounts %+v, want one", p.Mounts)
	}
	for _, option := range []string{"ro", "nosuid", "nodev", "noexec"} {
		if !slices.Contains(p.Mounts[0].Options, option) {
			t.Errorf("root is not %s: %v", option, p.Mounts[0].Options)
		}
	}
}

// checkDescriptors compares the open descriptors with the documented set: null,
// the log pipe twice, the link, the descriptor-passing socket until it has been
// used, database and log from then on, and what engine and event loop opened
// before the seal.
func checkDescriptors(t *testing.T, p sandbox.Posture, assigned bool) {
	t.Helper()
	got := map[string]int{}
	for _, f := range p.Files {
		kind := string(f.Class)
		switch {
		case f.Class == sandbox.FileRegular:
			kind = strings.TrimLeft(filepath.Base(f.Target), "0123456789")
		case f.Class == sandbox.FileDevice:
			kind = filepath.Base(f.Target)
		case f.Class == sandbox.FileMemFD:
			kind = f.Target
		}
		got[kind]++
		if want, ok := standard[f.FD]; ok && f.Class != want {
			t.Errorf("descriptor %d is %s, want %s", f.FD, f.Class, want)
		}
	}
	want := map[string]int{
		"null": 1, "pipe": 2, "socket": 2, "urandom": 2, "/memfd:statm (deleted)": 1, "eventpoll": 3, "eventfd": 6,
	}
	if assigned {
		want["socket"], want[".sqlite"], want[".sqlite-wal"] = 1, 1, 1
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("descriptors %v, want %v; all: %+v", got, want, p.Files)
	}
}

var standard = map[int]sandbox.FileClass{
	0: sandbox.FileNull, 1: sandbox.FilePipe, 2: sandbox.FilePipe, 3: sandbox.FileSocket, 4: sandbox.FileSocket,
}

func checkProcess(t *testing.T, p sandbox.Posture, assigned bool) {
	t.Helper()
	if want := []string{sandbox.CookieKey + "=" + sandbox.CookieValue}; !slices.Equal(p.Environ, want) {
		t.Errorf("environment %q, want %q", p.Environ, want)
	}
	if p.Dumpable {
		t.Error("it is dumpable")
	}
	for name, want := range map[string]uint64{
		"Max core file size": 0, "Max locked memory": 0, "Max msgqueue size": 0, "Max nice priority": 0,
		"Max realtime priority": 0, "Max open files": 64, "Max processes": uint64(postureLimits.Pids),
	} {
		if got := p.Limits[name]; got != (sandbox.Rlimit{Soft: want, Hard: want}) {
			t.Errorf("%s: %v, want %d", name, got, want)
		}
	}
	size := p.Limits["Max file size"].Soft
	if most := uint64(postureLimits.DatabaseBytes) + 64<<20; assigned && (size == 0 || size > most) || !assigned && size != 0 {
		t.Errorf("files may grow to %d bytes, want at most %d once assigned and 0 before", size, most)
	}
}

func checkCgroups(t *testing.T, p sandbox.Posture) {
	t.Helper()
	values := map[string]string{}
	for _, g := range p.Cgroups {
		for k, v := range g.Values {
			values[k] = v
		}
	}
	memory := fmt.Sprint(postureLimits.MemoryBytes)
	want := map[string]string{
		"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory,
		"pids.max": "41", "cpu.cfs_quota_us": "75000", "cpu.shares": "512",
	}
	if values["memory.max"] != "" { // cgroup v2
		want = map[string]string{"memory.max": memory, "memory.swap.max": "0", "memory.oom.group": "1",
			"pids.max": "41", "cpu.max": "75000 100000", "cpu.weight": "50"}
	}
	for k, v := range want {
		if values[k] != v {
			t.Errorf("%s is %q, want %q", k, values[k], v)
		}
	}
}

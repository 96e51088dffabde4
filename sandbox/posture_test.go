//go:build linux && amd64

package sandbox

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPosture compares a sealed child, as the kernel shows it, with the policy.
func TestPosture(t *testing.T) {
	if os.Geteuid() != 0 {
		mustWork(t, "a non-dumpable process can be inspected only by root")
	}
	l := newLauncher(t)
	c := startChild(t, l, Policy{Limits: Limits{Memory: 96 << 20, Pids: 33, CPUMilli: 500, CPUWeight: 50, FileSize: 12345}})
	c.mustAsk("hello")
	p, err := ReadPosture(c.Pid())
	if err != nil {
		t.Fatal(err)
	}
	own, err := ReadPosture(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Unreadable) != 0 {
		t.Errorf("unreadable: %v", p.Unreadable)
	}
	t.Run("threads", func(t *testing.T) {
		if len(p.Threads) < 2 {
			t.Errorf("%d threads: a Go child has more", len(p.Threads))
		}
		id := c.UID()
		for _, th := range p.Threads {
			want := ThreadPosture{TID: th.TID, UID: [4]uint32{id, id, id, id}, GID: [4]uint32{id, id, id, id},
				NoNewPrivs: true, Seccomp: 2, SeccompFilters: th.SeccompFilters}
			if fmt.Sprint(th) != fmt.Sprint(want) || len(th.Groups) != 0 || th.SeccompFilters < 1 {
				t.Errorf("thread %+v, want %+v", th, want)
			}
		}
		if id == 0 {
			t.Error("the child is root on the host")
		}
	})
	t.Run("namespaces", func(t *testing.T) {
		for _, name := range []string{"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"} {
			if p.Namespaces[name] == 0 || p.Namespaces[name] == own.Namespaces[name] {
				t.Errorf("%s: child %d, supervisor %d", name, p.Namespaces[name], own.Namespaces[name])
			}
		}
		want := []IDMap{{insideID, c.UID(), 1}}
		if !slices.Equal(p.UIDMap, want) || !slices.Equal(p.GIDMap, want) {
			t.Errorf("maps %v %v, want %v", p.UIDMap, p.GIDMap, want)
		}
	})
	t.Run("root", func(t *testing.T) {
		if len(p.Mounts) != 1 || p.Mounts[0].Point != "/" || p.Mounts[0].Type != "tmpfs" {
			t.Fatalf("mounts %+v", p.Mounts)
		}
		for _, option := range []string{"ro", "nosuid", "nodev", "noexec"} {
			if !slices.Contains(p.Mounts[0].Options, option) {
				t.Errorf("root is not %s: %v", option, p.Mounts[0].Options)
			}
		}
		if len(p.RootEntries) != 0 {
			t.Errorf("root directory holds %v", p.RootEntries)
		}
	})
	t.Run("descriptors", func(t *testing.T) {
		// 5 and 6 are the Go runtime's poller.
		want := []FileClass{FileNull, FilePipe, FilePipe, FileSocket, FileSocket, FileEpoll, FileEventFD}
		var got []FileClass
		for i, f := range p.Files {
			got = append(got, f.Class)
			if f.FD != i {
				t.Errorf("descriptor %d where %d was expected", f.FD, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("descriptors %v, want %v", got, want)
		}
	})
	t.Run("process", func(t *testing.T) {
		if want := []string{CookieKey + "=" + CookieValue}; !slices.Equal(p.Environ, want) {
			t.Errorf("environment %q", p.Environ)
		}
		if !slices.Equal(p.Args, []string{"facet-runner"}) {
			t.Errorf("arguments %q", p.Args)
		}
		if p.Dumpable || !own.Dumpable && own.Threads[0].UID[1] != 0 {
			t.Errorf("dumpable: child %t, self %t", p.Dumpable, own.Dumpable)
		}
		if p.Umask != 0o077 {
			t.Errorf("umask %o", p.Umask)
		}
	})
	t.Run("limits", func(t *testing.T) {
		for name, want := range map[string]uint64{
			"Max core file size": 0, "Max file size": 12345, "Max open files": 64, "Max processes": 33,
			"Max stack size": 8 << 20, "Max locked memory": 0, "Max msgqueue size": 0,
			"Max nice priority": 0, "Max realtime priority": 0,
		} {
			if got := p.Limits[name]; got != (Rlimit{want, want}) {
				t.Errorf("%s: %v, want %d", name, got, want)
			}
		}
	})
	t.Run("cgroup", func(t *testing.T) {
		values := map[string]string{}
		for _, g := range p.Cgroups {
			for k, v := range g.Values {
				values[k] = v
			}
		}
		want := map[string]string{
			"memory.limit_in_bytes": fmt.Sprint(96 << 20), "memory.memsw.limit_in_bytes": fmt.Sprint(96 << 20),
			"pids.max": "33", "cpu.cfs_quota_us": "50000", "cpu.shares": "512",
		}
		if values["memory.max"] != "" {
			want = map[string]string{"memory.max": fmt.Sprint(96 << 20), "memory.swap.max": "0",
				"memory.oom.group": "1", "pids.max": "33", "cpu.max": "50000 100000", "cpu.weight": "50"}
		}
		for k, v := range want {
			if values[k] != v {
				t.Errorf("%s = %q, want %q", k, values[k], v)
			}
		}
	})
}

// TestPostureOfUnsandboxed is the control: the same reader sees an ordinary
// process for what it is.
func TestPostureOfUnsandboxed(t *testing.T) {
	p, err := ReadPosture(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Mounts) < 2 || len(p.RootEntries) == 0 || len(p.Environ) < 2 || p.Threads[0].Seccomp == 2 && p.Threads[0].NoNewPrivs {
		t.Errorf("posture of the test itself: %+v", p)
	}
	if _, err := ReadPosture(1 << 22); err == nil {
		t.Error("posture of a process that cannot exist: no error")
	}
	var self unix.Stat_t
	if err := unix.Stat("/proc/self/ns/net", &self); err != nil || p.Namespaces["net"] != self.Ino {
		t.Errorf("net namespace %d, want %d (%v)", p.Namespaces["net"], self.Ino, err)
	}
}

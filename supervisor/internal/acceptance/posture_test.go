//go:build linux && amd64

package acceptance

import (
	"os"
	"slices"
	"testing"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/supervisor"
)

// postureLimits differ from every default, so that a value that was never set
// shows.
var postureLimits = supervisor.Limits{MemoryBytes: 112 << 20, Pids: 41, CPUMilli: 750, CPUWeight: 50, DatabaseBytes: 8 << 20}

// TestPosture reads from outside what the kernel says about live facets: while
// they wait for a facet, once assigned, and under load.
func TestPosture(t *testing.T) {
	needRoot(t, "only root may inspect a process that is not dumpable")
	h := openHost(t, func(c *supervisor.Config) { c.Limits = postureLimits })
	o := h.Object("posture", "house")
	var waiting int
	eventually(t, "a waiting runner", func() bool {
		all := childrenOf(os.Getpid())
		if len(all) == 1 && sealed(all[0]) {
			waiting = all[0]
		}
		return waiting != 0
	})
	t.Run("waiting", func(t *testing.T) { checkPosture(t, waiting, false) })

	one := o.Facets().Get("one", start(h, source(t, "counter.js"), nil))
	two := o.Facets().Get("two", start(h, source(t, "counter.js"), nil))
	mustServe(t, one, "/", "1")
	mustServe(t, two, "/", "1")
	first, second := info(t, o, "one").PID, info(t, o, "two").PID
	if first != waiting {
		t.Errorf("process %d serves, not the one that waited, %d", first, waiting)
	}
	t.Run("assigned", func(t *testing.T) { checkPosture(t, first, true) })
	t.Run("under load", func(t *testing.T) {
		w := watch(t, one)
		for n := range 5 {
			done := w.count() + 50
			eventually(t, "requests", func() bool { return t.Failed() || w.count() >= done })
			if t.Run("", func(t *testing.T) { checkPosture(t, first, true) }); t.Failed() {
				t.Fatalf("after %d looks", n)
			}
		}
	})
	t.Run("two facets share nothing", func(t *testing.T) { checkApart(t, first, second) })
}

// sealed reports whether every thread of a process has its filter.
func sealed(pid int) bool {
	p, err := sandbox.ReadPosture(pid)
	return err == nil && len(p.Threads) > 1 && !slices.ContainsFunc(p.Threads, func(t sandbox.ThreadPosture) bool { return t.Seccomp != 2 })
}

func readPosture(t *testing.T, pid int) sandbox.Posture {
	t.Helper()
	p, err := sandbox.ReadPosture(pid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkPosture checks everything about one process.
func checkPosture(t *testing.T, pid int, assigned bool) {
	p := readPosture(t, pid)
	if len(p.Unreadable) != 0 {
		t.Errorf("unreadable: %v", p.Unreadable)
	}
	checkThreads(t, p)
	checkNamespaces(t, p)
	checkRoot(t, p)
	checkDescriptors(t, p, assigned)
	checkProcess(t, p, assigned)
	checkCgroups(t, p)
	checkNetwork(t, pid)
	if bad := executable(t, pid); len(bad) != 0 {
		t.Errorf("mappings that code could be put into:\n%v", bad)
	}
}

// checkApart fails the test where two facets have anything in common.
func checkApart(t *testing.T, first, second int) {
	a, b := readPosture(t, first), readPosture(t, second)
	if a.Threads[0].UID == b.Threads[0].UID || a.Threads[0].GID == b.Threads[0].GID {
		t.Errorf("the same user or group: %v %v", a.Threads[0].UID, a.Threads[0].GID)
	}
	for _, name := range namespaces {
		if a.Namespaces[name] == b.Namespaces[name] {
			t.Errorf("the same namespace %s", name)
		}
	}
	for i, c := range a.Cgroups {
		if c.Values["pids.max"] != "" && c.Path == b.Cgroups[i].Path {
			t.Errorf("the same cgroup %s", c.Path)
		}
	}
	shared := map[string]bool{}
	for _, f := range a.Files {
		shared[f.Target] = f.Class == sandbox.FilePipe || f.Class == sandbox.FileSocket || f.Class == sandbox.FileRegular
	}
	for _, f := range b.Files {
		if shared[f.Target] {
			t.Errorf("both have %s open", f.Target)
		}
	}
}

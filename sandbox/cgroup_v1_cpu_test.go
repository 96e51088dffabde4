//go:build linux && amd64

package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/containerd/cgroups/v3/cgroup1"
)

// A container or service with half a processor can give no more to what it starts,
// and the kernel refuses the attempt: what is around the group bounds it then.
func TestGroupV1InASmallerShare(t *testing.T) {
	if !newLauncher(t).Host().Root {
		mustWork(t, "only root can make cgroups outside of its own")
	}
	around, err := cgroup1.NestedPath("/facetd-test-quota")(cgroup1.Cpu)
	if err != nil {
		t.Logf("not looked at: this host has no cgroup v1: %v", err)
		return
	}
	all, err := cgroup1.Default()
	if err != nil {
		t.Logf("not looked at: this host has no cgroup v1: %v", err)
		return
	}
	cpu := slices.IndexFunc(all, func(s cgroup1.Subsystem) bool { return s.Name() == cgroup1.Cpu })
	if cpu < 0 {
		t.Log("not looked at: the cpu controller is not one of v1's here")
		return
	}
	dir := all[cpu].(pather).Path(around)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	g, err := openGroupsV1("facetd-test-quota/inner")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.close(); err != nil {
			t.Error(err)
		}
		for _, dir := range g.(*groupsV1).own.dirs {
			inner := filepath.Dir(dir)
			if err := removeDir(inner); err != nil {
				t.Error(err)
			}
			if err := removeDir(filepath.Dir(inner)); err != nil {
				t.Error(err)
			}
		}
	})

	for _, test := range []struct{ around, want string }{
		{"50000", "-1"}, // half a processor around a whole one
		{"100000", ""},  // as much
		{"200000", ""},  // more
		{"-1", ""},      // no limit
	} {
		if err := os.WriteFile(filepath.Join(dir, quotaFile), []byte(test.around), 0); err != nil {
			t.Fatal(err)
		}
		child, err := g.create("a", Limits{Memory: 64 << 20, Pids: 10, CPUMilli: 1000, CPUWeight: 100})
		if err != nil {
			t.Errorf("a whole processor within %s µs: %v", test.around, err)
			continue
		}
		want := test.want
		if want == "" {
			want = "100000"
		}
		got, err := os.ReadFile(filepath.Join(child.(*groupV1).dirs[2], quotaFile))
		if string(got) != want+"\n" || err != nil {
			t.Errorf("within %s µs: a quota of %q, want %s; %v", test.around, got, want, err)
		}
		if err := child.remove(); err != nil {
			t.Error(err)
		}
	}
}

//go:build linux && amd64

package sandbox

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/facetd/facetd/seccomp"
)

func TestProbe(t *testing.T) {
	r, err := Probe(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Namespaces) != 7 || r.Kernel == "" || r.Root != privileged() {
		t.Errorf("report %+v", r)
	}
	for _, m := range r.Missing {
		if m.Detail == "" || !m.Feature.Known() {
			t.Errorf("missing %+v", m)
		}
	}
	if (r.Cgroup == "") == (r.CgroupError == "") {
		t.Errorf("cgroup %q, error %q", r.Cgroup, r.CgroupError)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Probe(ctx); err == nil {
		t.Error("probed under a context that had ended")
	}
}

// TestTryClone: the probe tells what works from what does not.
func TestTryClone(t *testing.T) {
	for _, n := range namespaceFlags {
		if err := tryClone(n.flag); err != nil && os.Geteuid() == 0 {
			t.Errorf("%s: %v", n.layer, err)
		}
	}
	const impossible = 0x00000800 // CLONE_SIGHAND without CLONE_VM is EINVAL, clone(2)
	if err := tryClone(impossible | 0x10000000); err == nil {
		t.Error("an impossible clone works")
	}
}

func TestIDsMapped(t *testing.T) {
	file := t.TempDir() + "/uid_map"
	if err := os.WriteFile(file, []byte("         0     100000      65536\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		r    IDRange
		want bool
	}{{IDRange{1, 10}, true}, {IDRange{65535, 1}, true}, {IDRange{65535, 2}, false}, {IDRange{}.withDefaults(), false}} {
		if got := idsMapped(file, test.r); got != test.want {
			t.Errorf("%v: %t", test.r, got)
		}
	}
	if idsMapped(file+".none", IDRange{1, 1}) {
		t.Error("no file, yet mapped")
	}
}

// TestWithoutNotification: where the kernel cannot notify, the built-in policy
// kills, and a program that relies on notification is refused.
func TestWithoutNotification(t *testing.T) {
	program, err := seccomp.Compile(seccomp.Hardened())
	if err != nil {
		t.Fatal(err)
	}
	l := &Launcher{ids: newIDPool(IDRange{}.withDefaults())}
	s := &start{launcher: l, spec: &Spec{}}
	if err := s.decide(); err != nil || s.notifies || len(s.filter) == 0 {
		t.Errorf("built-in: %v, notifies %t", err, s.notifies)
	}
	s = &start{launcher: l, spec: &Spec{Policy: Policy{Seccomp: program}}}
	if err := s.decide(); err == nil || !strings.Contains(err.Error(), "KindKillProcess") {
		t.Errorf("own program: %v", err)
	}
}

//go:build linux && amd64

package sandbox

import (
	"os"
	"path/filepath"
	"testing"
)

// hostSettings are those that a child's layers set in its own namespaces.
func hostSettings(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("/proc/sys/user/max_*_namespaces")
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, file := range append(files, "/proc/sys/vm/memfd_noexec") {
		if b, err := os.ReadFile(file); err == nil { // the kernel may lack it
			settings[file] = string(b)
		}
	}
	return settings
}

// TestHostSettings: no child changes the host's settings, not even one that shares
// the namespaces which the settings belong to.
func TestHostSettings(t *testing.T) {
	before := hostSettings(t)
	l := newLauncher(t)
	// The filter allows signals to process 1 only, which takes the pid namespace.
	noPIDs := PIDNamespace.WithDependents() | Seccomp
	policies := []Layer{0, noPIDs}
	if l.Host().Root {
		policies = append(policies, UserNamespace.WithDependents(), UserNamespace.WithDependents()|noPIDs)
	}
	for _, without := range policies {
		c := startChild(t, l, Policy{Without: without})
		c.mustAsk("hello")
		t.Logf("without %s: in force: %s", without, c.Layers()&(NoNewNamespaces|NoMemoryExec))
		if c.Layers()&without != 0 {
			t.Errorf("without %s: in force: %s", without, c.Layers()&without)
		}
		c.close()
	}
	for file, value := range hostSettings(t) {
		if before[file] != value {
			t.Errorf("%s was %q and is %q", file, before[file], value)
		}
	}
}

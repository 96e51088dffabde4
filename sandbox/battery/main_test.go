//go:build linux && amd64

package battery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/facetd/facetd/sandbox"
)

// runnerPath is the runner that is attacked.
var runnerPath string

// runnerVar names one that was built before, for machines without a compiler.
const runnerVar = "SANDBOX_TEST_RUNNER"

// sqliteTags are those of the Makefile; see facet/storage.
const sqliteTags = "sqlite_fts5 sqlite_math_functions sqlite_omit_load_extension"

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

// runTests builds the real runner, the one that runs apps; for the short form the
// sandbox's own test runner, which starts three times as fast and is locked down
// by the same code.
func runTests(m *testing.M) int {
	if runnerPath = os.Getenv(runnerVar); runnerPath != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "battery-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	runnerPath = filepath.Join(dir, "runner")
	program := "facet/internal/lockdown/testrunner"
	if full() {
		program = "cmd/facet-runner"
	}
	build := exec.Command("go", "build", "-tags", sqliteTags, "-o", runnerPath, "github.com/facetd/facetd/"+program)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the runner:", err)
		return 1
	}
	return m.Run()
}

// newBattery has user ids and a cgroup of its own: the tests of other packages run
// at the same time.
func newBattery(t *testing.T) *Battery {
	t.Helper()
	ids := sandbox.IDRange{First: 1_810_000_000, Count: 1000}
	c := sandbox.Config{CgroupParent: "facetd-test-battery", IDs: ids}
	if os.Geteuid() != 0 {
		c.Accept = []sandbox.Feature{sandbox.NoDistinctUID, sandbox.NoCgroup}
	}
	if os.Getenv("SANDBOX_TEST_DELEGATED") == "1" { // a user who has been given a cgroup
		c.Accept = []sandbox.Feature{sandbox.NoDistinctUID}
	}
	b, err := New(Config{Sandbox: c, Runner: runnerPath})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		checkNothingLeft(t, ids)
	})
	return b
}

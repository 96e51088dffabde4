//go:build linux && amd64

package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// runnerPath is the test runner, built once.
var runnerPath string

func TestMain(m *testing.M) {
	if done := reexec(); done {
		return
	}
	os.Exit(runTests(m))
}

// runnerVar names a test runner built before, for machines without a compiler.
const runnerVar = "SANDBOX_TEST_RUNNER"

// runTests builds the runner into a directory that only its owner may enter,
// as an installation might have it.
func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sandbox-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	runnerPath = filepath.Join(dir, "testrunner")
	if built := os.Getenv(runnerVar); built != "" {
		runnerPath = built
		return testAndCompare(m)
	}
	build := exec.Command("go", "build", "-o", runnerPath, "github.com/facetd/facetd/facet/internal/lockdown/testrunner")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the test runner:", err)
		return 1
	}
	return testAndCompare(m)
}

// testAndCompare runs the tests and looks for what they leave behind.
func testAndCompare(m *testing.M) int {
	before := takeInventory()
	code := m.Run()
	if code == 0 {
		code = before.compare()
	}
	return code
}

//go:build linux && amd64

package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// runnerPath is the real facet-runner, built once.
var runnerPath string

func TestMain(m *testing.M) {
	if args := os.Getenv(daemonEnv); args != "" {
		os.Exit(daemon(args))
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "acceptance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	runnerPath = filepath.Join(dir, "facet-runner")
	if err := buildRunner(runnerPath, "github.com/facetd/facetd/cmd/facet-runner"); err != nil {
		fmt.Fprintln(os.Stderr, "build the runner:", err)
		return 1
	}
	// Whatever is made in the temporary directory from here on must be gone at
	// the end.
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Setenv("TMPDIR", temp)
	before := takeInventory()
	code := m.Run()
	if code == 0 {
		code = before.compare()
	}
	return code
}

// sqliteTags are those of the Makefile; see package storage of the facet's side.
const sqliteTags = "sqlite_fts5 sqlite_math_functions sqlite_omit_load_extension"

func buildRunner(out, pkg string) error {
	build := exec.Command("go", "build", "-tags", sqliteTags, "-o", out, pkg)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	return build.Run()
}

// long reports whether the durations of a release are wanted.
func long() bool { return os.Getenv("FACETD_LONG") == "1" }

// mustWork skips, or fails where skipping is not allowed.
func mustWork(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("FACETD_MUST_WORK") == "1" {
		t.Fatal("cannot run here: " + reason)
	}
	t.Skip("skipped: " + reason)
}

func needRoot(t *testing.T, why string) {
	t.Helper()
	if os.Geteuid() != 0 {
		mustWork(t, "not root: "+why)
	}
}

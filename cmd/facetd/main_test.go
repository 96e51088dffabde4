package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// runnerEnv names the runner that TestMain built, for scripts and tests.
const runnerEnv = "FACETD_TEST_RUNNER"

// sqliteTags are those of the Makefile; see facet/storage.
const sqliteTags = "sqlite_fts5 sqlite_math_functions sqlite_omit_load_extension"

func TestMain(m *testing.M) {
	testscript.Main(building{m}, map[string]func(){
		"facetd": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// building builds the real runner before the tests and removes it after them.
type building struct{ m *testing.M }

func (b building) Run() int {
	dir, err := os.MkdirTemp("", "facetd-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	runner := filepath.Join(dir, "facet-runner")
	build := exec.Command("go", "build", "-tags", sqliteTags, "-o", runner, "github.com/facetd/facetd/cmd/facet-runner")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the runner:", err)
		return 1
	}
	// The runner's directory stays private: facetd opens it before the child
	// gives its rights away.
	if err := os.Setenv(runnerEnv, runner); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return b.m.Run()
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "RUNNER="+os.Getenv(runnerEnv), "ACCEPT="+acceptFlag(t), "HOME="+e.WorkDir)
			return nil
		},
	})
}

// acceptFlag is what facetd must be told to accept on this host: nothing as root,
// what a user lacks otherwise.
func acceptFlag(t *testing.T) string {
	if os.Geteuid() == 0 {
		return "--accept-missing="
	}
	t.Log("not root: run without distinct users and without cgroups")
	return "--accept-missing=no-distinct-uid,no-cgroup"
}

package js

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// modeEnv says which engine policy this process tests. A process has one engine,
// so the test binary runs itself once for each policy.
const modeEnv = "FACETD_JS_TEST_MODE"

var modes = []string{"hardened", "jit"}

func mode() string {
	if m := os.Getenv(modeEnv); m != "" {
		return m
	}
	return modes[0]
}

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(modeEnv) != "" || fuzzing() {
		os.Exit(m.Run())
	}
	code := 0
	for _, mode := range modes {
		fmt.Println("--- engine policy:", mode)
		cmd := exec.Command(os.Args[0], os.Args[1:]...)
		cmd.Env = append(os.Environ(), modeEnv+"="+mode)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Println("--- engine policy", mode, "failed:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// fuzzing tells whether go test -fuzz started this process: its workers talk to
// it over descriptors that a process between them would lose.
func fuzzing() bool {
	for _, name := range []string{"test.fuzz", "test.fuzzworker"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" && f.Value.String() != "false" {
			return true
		}
	}
	return false
}

// alone runs the test that calls it in a process of its own, whose engine the
// test may ruin. It returns true in that process. In the parent it checks the
// outcome and returns false. What that process leaves behind, where it is killed or
// exits by itself, goes with the parent's test.
func alone(t *testing.T, env ...string) bool {
	t.Helper()
	const aloneEnv = "FACETD_JS_TEST_ALONE"
	if os.Getenv(aloneEnv) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v", "-test.timeout=300s")
	cmd.Env = append(append(os.Environ(), modeEnv+"="+mode(), aloneEnv+"="+t.Name(), "TMPDIR="+t.TempDir()), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("the test in its own process failed: %v\n%s", err, out)
	}
	if testing.Verbose() {
		t.Logf("in its own process:\n%s", out)
	}
	return false
}

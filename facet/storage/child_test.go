package storage

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const childEnv = "FACETD_STORAGE_TEST_CHILD"

// children are the programs that the test binary runs as when it is started
// again; descriptor 3 is the database, 4 the log.
var children = map[string]func() error{}

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		if err := children[name](); err != nil {
			fmt.Fprintln(os.Stderr, "child:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	// goleak waits less than half a second, which a busy machine may need.
	var left error
	for end := time.Now().Add(time.Minute); code == 0; {
		if left = goleak.Find(); left == nil || time.Now().After(end) {
			break
		}
	}
	if left != nil {
		fmt.Fprintln(os.Stderr, left)
		code = 1
	}
	os.Exit(code)
}

// child prepares the test binary to run as name on the files of db.
func child(t testing.TB, name, db string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	// One arena: a second one makes malloc read files of /sys.
	cmd.Env = append(os.Environ(), append(env, childEnv+"="+name, "MALLOC_ARENA_MAX=1")...)
	for _, path := range []string{db, db + "-wal"} {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	return cmd
}

// runChild runs name to its end and returns what it printed.
func runChild(t testing.TB, name, db string, env ...string) (string, error) {
	t.Helper()
	out, err := child(t, name, db, env...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

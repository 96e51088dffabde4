//go:build linux && amd64

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestKillSupervisor kills the supervisor at random moments while clients write
// to several facets. After the next start nothing acknowledged is missing and
// nothing of the dead one is left: no process, no cgroup, no half-made file.
func TestKillSupervisor(t *testing.T) {
	kills := 5
	if long() {
		kills = 20
	}
	dir := filepath.Join(t.TempDir(), "data")
	temp := filepath.Join(t.TempDir(), "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temp)
	ledgers := map[string]*ledger{"a": newLedger(), "b": newLedger(), "c": newLedger()}
	d := startDaemon(t, dir)
	for n := range kills {
		orphans := childrenOf(d.cmd.Process.Pid)
		var loads []*load
		for name, l := range ledgers {
			loads = append(loads, l.begin(t, d.ask(name), 2, 0))
		}
		for _, l := range ledgers {
			l.randomMoment(t)
		}
		orphans = append(orphans, childrenOf(d.cmd.Process.Pid)...)
		d.kill(t)
		for _, w := range loads {
			w.end()
		}
		temporary := glob(filepath.Join(dir, "tmp", "*"))
		d = startDaemon(t, dir)
		for name, l := range ledgers {
			l.balanced(t, d.ask(name))
		}
		nothingLeft(t, d, orphans)
		for _, name := range temporary {
			if _, err := os.Stat(name); err == nil {
				t.Errorf("left in the data directory: %s", name)
			}
		}
		checkDataDir(t, dir)
		if t.Failed() {
			d.kill(t)
			t.Fatalf("after kill %d", n+1)
		}
	}
	d.stop(t)
	for _, database := range glob(filepath.Join(dir, "daemon", "*", "1.sqlite")) {
		intact(t, database)
	}
	if left := glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left in the temporary directory: %v", left)
	}
	summary(t, kills, ledgers)
}

// nothingLeft fails the test where a process or cgroup of a dead daemon is there
// after the next one has started.
func nothingLeft(t *testing.T, d *daemonProcess, orphans []int) {
	t.Helper()
	// A killed process takes a moment to disappear.
	eventually(t, fmt.Sprintf("no process of the dead supervisor is left: %v", orphans), func() bool {
		return !slices.ContainsFunc(orphans, alive)
	})
	for _, p := range processes() {
		if p.inRange() && p.parent != d.cmd.Process.Pid {
			t.Errorf("process %d of user %d belongs to nobody (parent %d)", p.pid, p.uid, p.parent)
		}
	}
	launchers := map[string]bool{}
	for _, dir := range cgroupDirs("/l-*") {
		launchers[filepath.Base(dir)] = true
	}
	if os.Geteuid() == 0 && len(launchers) != 1 {
		t.Errorf("cgroups of %d launchers, want the living one's alone: %v", len(launchers), launchers)
	}
}

// lasting are the names that a data directory has at rest.
var lasting = regexp.MustCompile(`^(facetd\.lock|tmp(/plugin-dir[0-9]+)?|alarms(/index\.sqlite(-wal|-shm)?)?|cache(/[0-9a-f]{64}\.bundle)?|daemon(/[0-9a-f]{64}(/(facets\.index|[0-9]+\.sqlite(-wal)?))?)?)$`)

func checkDataDir(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if name, _ := filepath.Rel(dir, path); err == nil && name != "." && !lasting.MatchString(name) {
			t.Errorf("left in the data directory: %s", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

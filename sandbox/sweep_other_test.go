//go:build linux && amd64

package sandbox

import (
	"os"
	"path/filepath"
	"testing"
)

// What another user's launcher left behind is not swept, and does not stop this
// one from starting; what is ours is swept (the control).
func TestSweepLeavesOthersAlone(t *testing.T) {
	if os.Geteuid() != 0 {
		mustWork(t, "only root can make a directory of another user")
	}
	root := t.TempDir()
	for name, uid := range map[string]int{"l-theirs": 65534, "l-mine": 0} {
		dir := filepath.Join(root, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep([]string{root}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "l-theirs")); err != nil {
		t.Error("another user's directory was removed:", err)
	}
	if _, err := os.Stat(filepath.Join(root, "l-mine")); !os.IsNotExist(err) {
		t.Error("our own leftover is still there:", err)
	}
}

// Two launchers that share one hierarchy's root and not another's leave each
// other alone while they live.
func TestSweepWithDifferentRoots(t *testing.T) {
	shared, a, b := t.TempDir(), t.TempDir(), t.TempDir()
	living, err := makeOwnDir([]string{a, shared})
	if err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(shared, living.name, "p1")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := sweep([]string{b, shared}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(inside); err != nil {
		t.Fatal("a living launcher's group was swept:", err)
	}
	for _, lock := range living.locks {
		lock.Close() // as at the launcher's death
	}
	if err := sweep([]string{b, shared}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(inside); !os.IsNotExist(err) {
		t.Error("a dead launcher's group is still there:", err)
	}
}

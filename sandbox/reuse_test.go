//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Attack 114: a process that has got the number of one of ours, which is gone, is
// left alone whatever is done with ours.
func TestNumberIsReused(t *testing.T) {
	if os.Geteuid() != 0 {
		mustWork(t, "to choose a process's number takes root")
	}
	l := newLauncher(t)
	var c *child
	var pid int
	var stranger *exec.Cmd
	// Where a thread of the test or of the kernel gets the number first, it keeps it.
	eventually(t, "a process of the same number", func() bool {
		c = startChild(t, l, Policy{})
		pid = c.Pid()
		c.Kill()
		c.Wait()
		for range 20 {
			if stranger = startAs(t, pid); stranger != nil {
				return true
			}
		}
		return false
	})
	c.Kill()
	if !c.Exited() {
		t.Error("ours is alive, by the stranger's number")
	}
	if err := c.SetFileSizeLimit(4096); !errors.Is(err, ErrEnded) {
		t.Errorf("its limit was set: %v", err)
	}
	if err := l.Close(); err != nil { // kills and sweeps
		t.Error(err)
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil || !strings.Contains(string(limits), "Max file size             unlimited") {
		t.Errorf("the stranger: %v\n%s", err, limits)
	}
	// The control: by number it can be reached, and only now it ends.
	if err := unix.Kill(pid, unix.SIGTERM); err != nil {
		t.Errorf("the stranger is gone: %v", err)
	}
	_ = stranger.Wait()
	if s := stranger.ProcessState.Sys().(syscall.WaitStatus); s.Signal() != syscall.SIGTERM {
		t.Errorf("the stranger ended: %v", stranger.ProcessState)
	}
}

// startAs starts a process with a number; nil where it got another one.
func startAs(t *testing.T, pid int) *exec.Cmd {
	if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", fmt.Append(nil, pid-1), 0); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if cmd.Process.Pid == pid {
		return cmd
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // "signal: killed"
	return nil
}

// Attack 116: a cgroup that the kernel calls busy is removed once it is empty.
func TestBusyCgroup(t *testing.T) {
	if os.Geteuid() != 0 {
		mustWork(t, "to make a cgroup takes root")
	}
	dir := filepath.Join("/sys/fs/cgroup", fmt.Sprintf("facetd-test-busy-%d", os.Getpid()))
	if info, err := os.Stat("/sys/fs/cgroup/pids"); err == nil && info.IsDir() { // cgroup v1
		dir = filepath.Join("/sys/fs/cgroup/pids", filepath.Base(dir))
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir)
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), fmt.Append(nil, cmd.Process.Pid), 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.Rmdir(dir); err != unix.EBUSY {
		t.Fatalf("control: %v, want EBUSY", err)
	}
	removed := make(chan error, 1)
	go func() { removed <- removeDir(dir) }()
	select {
	case err := <-removed:
		t.Errorf("removed under a process: %v", err)
	default:
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-removed; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("it is there: %v", err)
	}
}

//go:build linux && amd64

package sandbox

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCgroupAlone: its memory and pids limits hold where nothing else would.
func TestCgroupAlone(t *testing.T) {
	l := newLauncher(t)
	if l.Host().Cgroup == "" {
		mustWork(t, "no cgroup: "+l.Host().CgroupError)
	}
	for _, test := range []struct {
		probe string
		ended bool // the process, instead of the call
	}{{"bomb 100", false}, {"hog 64", true}} {
		policy := Policy{Without: Seccomp | ResourceLimits, Limits: Limits{Memory: 48 << 20, Pids: 48}}
		c := startChild(t, l, policy)
		_, err := c.ask(test.probe)
		if test.ended {
			if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: %v", test.probe, err)
			}
			if exit := c.Wait(); !exit.OOM {
				t.Errorf("%s: exit %+v", test.probe, exit)
			}
		} else if !errors.Is(err, errDenied) || !strings.Contains(err.Error(), "temporarily unavailable") {
			t.Errorf("%s: %v", test.probe, err)
		}
		policy.Without |= Cgroup
		if _, err := startChild(t, l, policy).ask(test.probe); err != nil {
			t.Errorf("control: %s: %v", test.probe, err)
		}
	}
}

// TestGroupV2 looks at what only cgroup v2 has.
func TestGroupV2(t *testing.T) {
	l := newLauncher(t)
	if _, ok := l.groups.(*groupsV2); !ok {
		t.Logf("not looked at: this host's cgroups are %q; \"make vm-test\" has v2", l.Host().Cgroup)
		return
	}
	policy := Policy{Without: ResourceLimits, Limits: Limits{Memory: 48 << 20}}

	// Where the machine has no swap, the limit on it is not what holds.
	t.Run("no swap", func(t *testing.T) {
		for _, max := range []string{"0", "max"} {
			c := startChild(t, l, policy)
			group := c.group.(*groupV2)
			if max != "0" {
				if swaps, _ := os.ReadFile("/proc/swaps"); strings.Count(string(swaps), "\n") < 2 {
					t.Log("no control: this machine has no swap; \"make vm-test\" has")
					continue
				}
				writeGroup(t, group, "memory.swap.max", max)
			}
			if _, err := c.ask("hog 64"); (err == nil) != (max == "max") {
				t.Errorf("64 MiB of 48 with memory.swap.max %s: %v", max, err)
			}
			c.close()
			if exit := c.Wait(); exit.OOM != (max == "0") {
				t.Errorf("memory.swap.max %s: exit %+v", max, exit)
			}
		}
	})

	// Out of memory is the end of all processes in the group.
	t.Run("oom group", func(t *testing.T) {
		for _, whole := range []string{"1", "0"} {
			c := startChild(t, l, policy)
			group := c.group.(*groupV2)
			other := sleeper(t, group)
			if whole != "1" { // "1" is what the launcher has set
				writeGroup(t, group, "memory.oom.group", whole)
			}
			if _, err := c.ask("hog 64"); err == nil {
				t.Error("64 MiB of 48")
			}
			if whole == "1" {
				if state := ended(t, other); state.Signal() != syscall.SIGKILL {
					t.Errorf("the other process ended with %v", state)
				}
			} else {
				<-c.Done()
				if !alive(other.Process.Pid) {
					t.Error("control: without memory.oom.group the other process ended")
				}
				other.Process.Kill()
				other.Wait()
			}
		}
	})

	t.Run("kill", func(t *testing.T) {
		group, err := l.groups.create("killed", Limits{}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		inside, outside := sleeper(t, group.(*groupV2)), sleeper(t, nil)
		if err := group.kill(); err != nil {
			t.Fatal(err)
		}
		if state := ended(t, inside); state.Signal() != syscall.SIGKILL {
			t.Errorf("a process inside ended with %v", state)
		}
		if !alive(outside.Process.Pid) {
			t.Error("control: a process outside ended")
		}
		if err := group.remove(); err != nil {
			t.Error(err)
		}
	})
}

func writeGroup(t *testing.T, g *groupV2, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(g.path, name), []byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

// sleeper is a process that sleeps in a group, or in the test's own.
func sleeper(t *testing.T, g *groupV2) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	if g != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: g.dirFD()}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

// ended waits for a process that has been killed.
func ended(t *testing.T, cmd *exec.Cmd) syscall.WaitStatus {
	t.Helper()
	eventually(t, "the end of the process", func() bool { return !alive(cmd.Process.Pid) })
	cmd.Wait()
	return cmd.ProcessState.Sys().(syscall.WaitStatus)
}

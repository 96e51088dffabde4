//go:build linux && amd64

package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// alive reports whether a process runs; one that only waits to be collected by
// its parent does not.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, ok := strings.Cut(string(b), ") ")
	return err == nil && ok && rest[0] != 'Z' && rest[0] != 'X'
}

// threads counts those that a process has not collected; its first one, a zombie
// as long as others run, among them.
func threads(pid int) int {
	all, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	return len(all)
}

func TestKill(t *testing.T) {
	l := newLauncher(t)
	t.Run("busy", func(t *testing.T) {
		c := startChild(t, l, Policy{})
		go c.ask("spin 1h")
		eventually(t, "cpu time", func() bool {
			cpu, err := c.CPUTime()
			return err == nil && cpu > 20*time.Millisecond
		})
		c.Kill()
		c.Kill()
		if exit := c.Wait(); exit.Signal != syscall.SIGKILL || exit.OOM || exit.PolicyViolation() {
			t.Errorf("exit %+v", exit)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		c := startChild(t, l, Policy{})
		if err := unix.Kill(c.Pid(), unix.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		c.Kill()
		c.Wait()
	})
	t.Run("many at once", func(t *testing.T) {
		c := startChild(t, l, Policy{})
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				c.Kill()
				c.Wait()
				c.CPUTime()
				c.MemoryBytes()
				c.SetFileSizeLimit(1)
			})
		}
		wg.Wait()
	})
}

func TestCloseKills(t *testing.T) {
	l, err := New(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	c := startChild(t, l, Policy{})
	late := make(chan error, 4)
	var wg sync.WaitGroup
	for range 4 { // starts under way while the launcher closes
		wg.Go(func() {
			for {
				p, err := l.Start(testContext(t), Spec{Runner: runnerPath})
				if err != nil {
					late <- err
					return
				}
				p.Conn().Close()
				p.Log().Close()
			}
		})
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	select {
	case <-c.Done():
	default:
		t.Error("the child outlives its launcher")
	}
	if len(late) != cap(late) {
		t.Error("a closed launcher starts children")
	}
	if _, err := l.Start(testContext(t), Spec{Runner: runnerPath}); !errors.Is(err, ErrClosed) {
		t.Errorf("start after close: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// TestFileSize: the limit holds for a file received, and can be raised from
// outside.
func TestFileSize(t *testing.T) {
	l := newLauncher(t)
	for name, policy := range map[string]Policy{
		"limited": {Limits: Limits{FileSize: 8192, FileSizeMax: 16384}},
		"control": {Without: ResourceLimits},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Create(filepath.Join(t.TempDir(), "db"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			c := startChild(t, l, policy)
			if err := c.SendFiles(testContext(t), f); err != nil {
				t.Fatal(err)
			}
			c.mustAsk("files 1")
			c.mustAsk("write 8192")
			_, err = c.ask("write 8193")
			if name == "control" {
				if err != nil {
					t.Errorf("without the layer: %v", err)
				}
				return
			}
			if !errors.Is(err, errDenied) || !strings.Contains(err.Error(), "file too large") {
				t.Errorf("beyond the limit: %v", err)
			}
			if err := c.SetFileSizeLimit(16384); err != nil {
				t.Fatal(err)
			}
			c.mustAsk("write 16384")
		})
	}
}

func TestMeters(t *testing.T) {
	l := newLauncher(t)
	c := startChild(t, l, Policy{})
	eventually(t, "cpu time", func() bool {
		c.mustAsk("spin 10ms")
		cpu, err := c.CPUTime()
		if err != nil || cpu > deadline {
			t.Fatalf("cpu time %v, %v", cpu, err)
		}
		return cpu > 10*time.Millisecond
	})
	mem, err := c.MemoryBytes()
	if l.Host().Cgroup == "" {
		if err == nil {
			t.Error("memory without a cgroup: no error")
		}
		return
	}
	if err != nil || mem < 100<<10 || mem > 128<<20 {
		t.Errorf("memory %d, %v", mem, err)
	}
}

// TestCPULimit: the kernel throttles at the quota, and not without one.
func TestCPULimit(t *testing.T) {
	l := newLauncher(t)
	if l.Host().Cgroup == "" {
		mustWork(t, "no cgroup: "+l.Host().CgroupError)
	}
	for _, test := range []struct {
		milli     int
		throttled bool
	}{{50, true}, {16000, false}} {
		c := startChild(t, l, Policy{Limits: Limits{CPUMilli: test.milli}})
		if test.throttled { // where others want the processor, it takes a while to use up the quota
			eventually(t, "throttled", func() bool {
				c.mustAsk("spin 300ms")
				return throttled(t, c.group) > 0
			})
		} else if c.mustAsk("spin 300ms"); throttled(t, c.group) > 0 {
			t.Errorf("%d thousandths: throttled", test.milli)
		}
		c.close()
	}
}

// throttled reads how often a group has used up its CPU quota.
func throttled(t *testing.T, g group) uint64 {
	dir := ""
	switch g := g.(type) {
	case *groupV1:
		dir = g.dirs[2] // in the order of controllers
	case *groupV2:
		dir = g.path
	}
	n, err := readKey(filepath.Join(dir, "cpu.stat"), "nr_throttled")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStartCancelled(t *testing.T) {
	l := newLauncher(t)
	ctx, cancel := context.WithCancel(testContext(t))
	cancel()
	if p, err := l.Start(ctx, Spec{Runner: runnerPath}); err == nil {
		t.Error("started under a context that had ended")
		p.Kill()
	}
	p, err := l.Start(testContext(t), Spec{Runner: runnerPath, Args: []string{"spin-before-seal"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.abandon()
	short, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if err := p.WaitSealed(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("seal that does not come: %v", err)
	}
	if exit := p.Wait(); exit.Signal != syscall.SIGKILL {
		t.Errorf("exit %+v", exit)
	}
}

func init() { reexecs["supervisor"] = superviseAndWait }

// superviseAndWait is a supervisor that starts children, all busy and one without
// its first thread, prints their pids and lives until it is killed.
func superviseAndWait() error {
	l, err := New(testConfig())
	if err != nil {
		return err
	}
	for _, args := range [][]string{nil, nil, {"first-thread-ends"}} {
		p, err := l.Start(context.Background(), Spec{Runner: os.Args[1], Args: args})
		if err != nil {
			return err
		}
		if err := p.WaitSealed(context.Background()); err != nil {
			return err
		}
		fmt.Fprintln(p.Conn(), "spin 1h")
		fmt.Println(p.Pid())
	}
	select {}
}

// TestSupervisorKilled: nothing outlives a supervisor that gets SIGKILL, and
// the next launcher clears what is left of its cgroups.
func TestSupervisorKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, runnerPath)
	cmd.Env = append(os.Environ(), reexecVar+"=supervisor")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids []int
	lines := bufio.NewScanner(out)
	for len(pids) < 3 && lines.Scan() {
		var pid int
		if _, err := fmt.Sscan(lines.Text(), &pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if len(pids) == 3 {
		eventually(t, "the first thread's end", func() bool { return !alive(pids[2]) && threads(pids[2]) > 1 })
	}
	cmd.Process.Kill()
	io.Copy(io.Discard, out)
	cmd.Wait()
	if len(pids) != 3 {
		t.Fatalf("children %v, want three", pids)
	}
	begin := time.Now()
	eventually(t, "children gone", func() bool {
		return !alive(pids[0]) && !alive(pids[1]) && threads(pids[2]) <= 1
	})
	t.Logf("gone after %v", time.Since(begin))

	l := newLauncher(t)
	if l.Host().Cgroup == "" {
		return
	}
	left, _ := exec.Command("find", "/sys/fs/cgroup", "-path", "*facetd-test-sandbox/l-*", "-name", "p[0-9]*").Output()
	if len(left) != 0 {
		t.Errorf("the next launcher left %s", left)
	}
}

// TestSweepKills: a leftover cgroup with a living process in it is cleared,
// that of a living launcher is not.
func TestSweepKills(t *testing.T) {
	neighbour := newLauncher(t)
	if neighbour.Host().Cgroup == "" {
		mustWork(t, "no cgroup: "+neighbour.Host().CgroupError)
	}
	c := startChild(t, neighbour, Policy{})
	dead, err := New(testConfig())
	if err != nil {
		t.Fatal(err)
	}
	orphan := exec.Command("sleep", "1000")
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	g, err := dead.groups.create("p1", Limits{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := g.add(orphan.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if v2, ok := g.(*groupV2); ok { // where children are cloned into the group, add does nothing
		if err := v2.manager.AddProc(uint64(orphan.Process.Pid)); err != nil {
			t.Fatal(err)
		}
	}
	loseLock(t, dead)
	dead.spawner.stop()

	newLauncher(t)
	if err := orphan.Wait(); err == nil || orphan.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the orphan ended with %v", err)
	}
	if got := c.mustAsk("hello neighbour"); got != "neighbour" {
		t.Errorf("the neighbour's child answers %q", got)
	}
}

// loseLock gives up a launcher's hold on its cgroup, as its death would.
func loseLock(t *testing.T, l *Launcher) {
	var own *ownDir
	switch g := l.groups.(type) {
	case *groupsV1:
		own = g.own
	case *groupsV2:
		own = g.own
	}
	for _, lock := range own.locks {
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

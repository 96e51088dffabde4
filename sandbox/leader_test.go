//go:build linux && amd64

package sandbox

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The filter lets a thread end, the first one too. What addresses the process by
// its number, a zombie's then, must go on working: clocks, limits, the kill, the
// watch for violations.
func TestFirstThreadEnds(t *testing.T) {
	l := newLauncher(t)
	zombie := func(t *testing.T) *child {
		c := startChild(t, l, Policy{Limits: Limits{FileSizeMax: 1 << 20}}, "first-thread-ends")
		c.mustAsk("hello x")
		eventually(t, "the first thread's end", func() bool {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.Pid()))
			_, rest, _ := strings.Cut(string(b), ") ")
			return err == nil && strings.HasPrefix(rest, "Z")
		})
		select {
		case <-c.Done():
			t.Fatal("taken for dead")
		default:
		}
		return c
	}
	t.Run("limits", func(t *testing.T) {
		c := zombie(t)
		before, err := c.CPUTime()
		if err != nil {
			t.Fatal(err)
		}
		c.mustAsk("spin 50ms")
		if after, err := c.CPUTime(); err != nil || after <= before {
			t.Errorf("processor time %v, then %v, %v", before, after, err)
		}
		if err := c.SetFileSizeLimit(4096); err != nil {
			t.Error(err)
		}
		if _, err := c.MemoryBytes(); err != nil && os.Geteuid() == 0 {
			t.Error(err)
		}
		c.Kill()
		if exit := c.Wait(); exit.PolicyViolation() {
			t.Errorf("%+v", exit)
		}
	})
	t.Run("violation", func(t *testing.T) {
		c := zombie(t)
		c.ask(fmt.Sprintf("call %d", unix.SYS_PTRACE))
		if exit := c.Wait(); !exit.PolicyViolation() {
			t.Errorf("%+v", exit)
		}
	})
	t.Run("kill", func(t *testing.T) {
		c := zombie(t)
		go c.ask("spin 1h")
		c.Kill()
		if exit := c.Wait(); exit.Signal != syscall.SIGKILL {
			t.Errorf("%+v", exit)
		}
	})
}

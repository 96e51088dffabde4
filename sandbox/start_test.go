//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestStartAndTalk(t *testing.T) {
	c := startChild(t, newLauncher(t), Policy{})
	if got := c.mustAsk("hello world"); got != "world" {
		t.Errorf("answer %q", got)
	}
	c.mustAsk("log to the pipe")
	if !c.Layers().Has(Seccomp | Landlock | EmptyRoot) {
		t.Errorf("layers in force: %s", c.Layers())
	}
	if _, err := c.ask("exit 7"); err != io.EOF {
		t.Errorf("exit: %v", err)
	}
	exit := c.Wait()
	if exit.Code != 7 || exit.Signal != 0 || exit.OOM || exit.Violation != nil || exit.CPUTime <= 0 {
		t.Errorf("exit %+v", exit)
	}
	if log := <-c.log; log != "to the pipe\n" {
		t.Errorf("log %q", log)
	}
	if cpu, err := c.CPUTime(); err != nil || cpu != exit.CPUTime {
		t.Errorf("cpu time after the end: %v, %v", cpu, err)
	}
	if err := c.SetFileSizeLimit(1); !errors.Is(err, ErrEnded) {
		t.Errorf("limit after the end: %v", err)
	}
	c.Kill()
}

func TestSendFiles(t *testing.T) {
	l := newLauncher(t)
	path := filepath.Join(t.TempDir(), "db")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	t.Run("granted", func(t *testing.T) {
		c := startChild(t, l, Policy{})
		if err := c.SendFiles(testContext(t), f, f); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ask("files 2"); err != nil {
			t.Fatal(err)
		}
		// The filter lets these through, to a number that is closed for good.
		for _, nr := range []int{unix.SYS_RECVMSG, unix.SYS_SENDMSG} {
			if answer, err := c.ask(fmt.Sprintf("call %d 4 bad 0", nr)); err == nil || !strings.Contains(err.Error(), unix.EBADF.Error()) {
				t.Errorf("call %d after the files: %q, %v, want EBADF", nr, answer, err)
			}
		}
		if err := c.SendFiles(testContext(t), f); !errors.Is(err, ErrEnded) {
			t.Errorf("second time: %v", err)
		}
	})
	t.Run("wrong count", func(t *testing.T) {
		c := startChild(t, l, Policy{})
		if err := c.SendFiles(testContext(t), f, f, f); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ask("files 2"); err == nil || !strings.Contains(err.Error(), "3 descriptors received, want 2") {
			t.Errorf("answer %v", err)
		}
	})
	t.Run("none", func(t *testing.T) {
		c := startChild(t, l, Policy{})
		if err := c.SendFiles(testContext(t)); err == nil {
			t.Error("no files: no error")
		}
	})
}

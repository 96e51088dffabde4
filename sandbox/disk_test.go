//go:build linux && amd64

package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDiskWrite lets a child write and sync without a limit, which is the control, and
// then with one that demands three times what that took.
func TestDiskWrite(t *testing.T) {
	dir := t.TempDir()
	l := newLauncherIn(t, dir)
	if l.Host().Disk == "" {
		mustWork(t, "no io controller or no device: "+l.Host().DiskError)
	}
	const bytes = 3 << 20
	took := func(limit int64) time.Duration {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint("db", limit)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c := startChild(t, l, Policy{Limits: Limits{FileSize: 8 << 20, DiskWrite: limit}})
		if err := c.SendFiles(testContext(t), f); err != nil {
			t.Fatal(err)
		}
		fds, err := c.ask("files 1")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for _, request := range []string{fmt.Sprint("write ", bytes), fmt.Sprintf("call %d %s", unix.SYS_FDATASYNC, strings.Trim(fds, "[]"))} {
			if _, err := c.ask(request); err != nil {
				t.Fatalf("%s: %v", request, err)
			}
		}
		return time.Since(begin)
	}
	free := took(0)
	want := max(1500*time.Millisecond, 3*free)
	if least := int64(64 << 10); bytes/want.Seconds() < float64(least) {
		t.Fatalf("the disk takes %v for %d MiB: the least rate is too fast to be seen", free, bytes>>20)
	}
	rate := int64(bytes / want.Seconds())
	limited := took(rate)
	t.Logf("%d MiB take %v, and %v with %d KiB/s, which demands %v", bytes>>20, free, limited, rate>>10, want)
	// The kernel gives a slice of at most 100 ms ahead (block/blk-throttle.c).
	if limited < want-200*time.Millisecond {
		t.Errorf("%d MiB took %v at %d KiB/s", bytes>>20, limited, rate>>10)
	}
}

func TestDiskOf(t *testing.T) {
	if _, err := diskOf("/proc"); err == nil || !strings.Contains(err.Error(), "no block device") {
		t.Errorf("/proc: %v", err)
	}
	if _, err := diskOf("/does/not/exist"); err == nil {
		t.Error("a folder that is not there has a disk")
	}
}

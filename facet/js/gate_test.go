package js

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/facetd/facetd/facet/storage"
)

// shim replaces fdatasync: it waits while the file $HOLD exists, fails while the
// file $FAIL exists, and appends a byte to $COUNT for each that was done.
const shim = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
int fdatasync(int fd)
{
	while (access(getenv("HOLD"), F_OK) == 0)
		usleep(1000);
	if (access(getenv("FAIL"), F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	int rc = (int)syscall(SYS_fdatasync, fd);
	int count = open(getenv("COUNT"), O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (write(count, "x", 1) < 0)
		abort();
	close(count);
	return rc;
}
`

type syncControl struct{ dir string }

func (s syncControl) path(name string) string { return filepath.Join(s.dir, name) }

func (s syncControl) set(t *testing.T, name string, on bool) {
	t.Helper()
	var err error
	if on {
		err = os.WriteFile(s.path(name), nil, 0o600)
	} else {
		err = os.Remove(s.path(name))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (s syncControl) count() int {
	b, _ := os.ReadFile(s.path("count"))
	return len(b)
}

// withShim runs the calling test alone with fdatasync under control.
func withShim(t *testing.T) (syncControl, bool) {
	t.Helper()
	if dir := os.Getenv("SHIM_DIR"); dir != "" {
		return syncControl{dir}, true
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "shim.c")
	if err := os.WriteFile(source, []byte(shim), 0o600); err != nil {
		t.Fatal(err)
	}
	so := filepath.Join(dir, "shim.so")
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-O1", "-o", so, source).CombinedOutput(); err != nil {
		t.Fatalf("compile the shim: %v\n%s", err, out)
	}
	alone(t, "SHIM_DIR="+dir, "LD_PRELOAD="+so, "HOLD="+filepath.Join(dir, "hold"), "FAIL="+filepath.Join(dir, "fail"), "COUNT="+filepath.Join(dir, "count"))
	return syncControl{}, false
}

// silence is how long an answer that must not come is waited for.
const silence = 150 * time.Millisecond

func none(t *testing.T, what string, ch chan Message) {
	t.Helper()
	select {
	case m := <-ch:
		t.Fatalf("%s was answered before the sync: kind %d, %s", what, m.Kind, m.Body)
	case <-time.After(silence):
	}
}

func (c *client) log(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(answerTime)
	for {
		c.mu.Lock()
		for _, m := range c.logs {
			if strings.Contains(string(m.S1), text) {
				c.mu.Unlock()
				return
			}
		}
		wake := c.wake
		c.mu.Unlock()
		select {
		case <-wake:
		case <-deadline:
			t.Fatalf("the line %q did not come", text)
		}
	}
}

func TestOutputGate(t *testing.T) {
	control, here := withShim(t)
	if !here {
		return
	}
	c, _ := startWithStorage(t, Config{}, storage.Limits{})
	// Control: without a hold both are answered, and the write was synced.
	c.want(t, "n.kvPut('a', '0'); 'written'", "written")
	before := control.count()
	if before == 0 {
		t.Fatal("a write was answered without any sync")
	}
	c.want(t, "n.kvGet('a')", "0")
	if n := control.count(); n != before {
		t.Errorf("a read cost %d syncs", n-before)
	}

	control.set(t, "hold", true)
	_, write := c.start(t, "n.kvPut('a', '1'); n.log(1, 'wrote'); 'written'")
	_, read := c.start(t, "n.log(1, 'read ' + n.kvGet('a')); n.kvGet('a')")
	c.log(t, "wrote")  // console lines pass the gate,
	c.log(t, "read 1") // and the reader saw what is not durable yet
	none(t, "the write", write)
	none(t, "the read of it", read)
	control.set(t, "hold", false)
	for name, ch := range map[string]chan Message{"written": write, "1": read} {
		if got, err := answer(t, ch); err != nil || got != name {
			t.Errorf("after the sync: %q, %v; want %q", got, err, name)
		}
	}

	// Many writes under one held sync share few syncs.
	control.set(t, "hold", true)
	before = control.count()
	var all []chan Message
	for i := 0; i < 200; i++ {
		_, ch := c.start(t, "n.kvPut('k"+strconv.Itoa(i)+"', 'v'); n.log(1, 'put "+strconv.Itoa(i)+".'); 'ok'")
		all = append(all, ch)
	}
	c.log(t, "put 199.") // all turns are over
	none(t, "one of many", all[199])
	control.set(t, "hold", false)
	for _, ch := range all {
		if got, err := answer(t, ch); err != nil || got != "ok" {
			t.Fatal(got, err)
		}
	}
	if n := control.count() - before; n > 20 {
		t.Errorf("200 commits under one held sync took %d syncs", n)
	}
}

func TestFailedSyncBreaks(t *testing.T) {
	control, here := withShim(t)
	if !here {
		return
	}
	c, _ := startWithStorage(t, Config{}, storage.Limits{})
	c.want(t, "n.kvPut('a', '0'); 'written'", "written")
	control.set(t, "fail", true)
	_, ch := c.start(t, "n.kvPut('a', '1'); 'written'")
	if m := c.kind(t, OutBroken); m.A != 7 || !strings.Contains(string(m.S2), "sync") {
		t.Errorf("broken with %d, %q", m.A, m.S2)
	}
	control.set(t, "fail", false)
	none(t, "the write whose sync failed", ch)
}

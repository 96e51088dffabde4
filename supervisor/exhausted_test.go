package supervisor

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// alone runs the test by itself in another process, since it changes what all of
// the process depends on; false means that this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	const env = "FACETD_TEST_ALONE"
	if os.Getenv(env) == t.Name() {
		return false
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=300s")
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return true
}

// Attack 116: a supervisor without a free descriptor starts nothing more, says so,
// and serves what runs; with descriptors it starts again, and has lost none.
func TestNoDescriptors(t *testing.T) {
	if alone(t) {
		return
	}
	h, s := scheduled(t, nil)
	facets := h.Object("NS", "o").Facets()
	running, other := facets.Get("running", startAny(h)), facets.Get("other", startAny(h))
	mustFetch(t, running, "/count", "1")
	before := descriptors(t)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	// Each number of free descriptors is another place at which they run out.
	for free := range 16 {
		low := was
		low.Cur = uint64(before + free)
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
			t.Fatal(err)
		}
		_, err := fetch(t, other, "/")
		_, still := fetch(t, running, "/count")
		_, list := facets.List(t.Context()) // may need one, too
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
			t.Fatal(err)
		}
		if free == 0 && !errors.Is(err, unix.EMFILE) {
			t.Errorf("%v, want EMFILE", err)
		}
		if still != nil {
			t.Errorf("%d free: what runs: %v", free, still)
		}
		if list != nil && !errors.Is(list, unix.EMFILE) {
			t.Errorf("%d free: list: %v", free, list)
		}
		o := other.inc.node.object
		o.mu.Lock()
		other.inc.node.crash = backoff{} // it is not what this is about
		o.mu.Unlock()
		mustFetch(t, other, "/", "hello")
		if err := facets.Delete("other"); err != nil {
			t.Errorf("%d free: %v", free, err)
		}
		other = facets.Get("other", startAny(h))
		eventually(t, "no descriptor is lost", func() bool { return descriptors(t) <= before })
	}
	nothingLives(t, h, s, 2)
}

// Attack 116: on a full disk a new facet does not start, with the cause; those that
// run go on, one can be deleted, and then there is room for another.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		skipOrFail(t, "a file system of a certain size takes root to mount")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	h, s := scheduled(t, func(c *Config) { c.Dir = filepath.Join(dir, "data") })
	o := h.Object("NS", "o")
	facets := o.Facets()
	running, other := facets.Get("running", startAny(h)), facets.Get("other", startAny(h))
	mustFetch(t, running, "/count", "1")
	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	for range 5 {
		if _, err := fetch(t, other, "/"); !errors.Is(err, unix.ENOSPC) {
			t.Fatalf("%v, want ENOSPC", err)
		}
	}
	if err := facets.Clone("running", "copy"); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("clone: %v, want ENOSPC", err)
	}
	mustFetch(t, running, "/count", "2")
	// The copy left nothing; of the new facet one of two files may have found room.
	for _, name := range databases(t, h, o) {
		if base := filepath.Base(name); !strings.HasPrefix(base, "1.") && !strings.HasPrefix(base, "2.") {
			t.Errorf("half made: %s", base)
		}
	}
	if err := facets.Delete("running"); err != nil {
		t.Fatal(err)
	}
	// The start that failed for want of room counts as no crash.
	mustFetch(t, other, "/", "hello")
	nothingLives(t, h, s, 2)
}

// fill writes to a file until there is no room for another byte.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 2
		} else if err != nil && !errors.Is(err, io.ErrShortWrite) {
			t.Fatal(err)
		}
	}
}

//go:build linux

package tree

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// No name leads out of a directory, whatever a caller might one day pass. The
// kernel's plain openat follows each of these, which shows that they lead
// somewhere.
func TestOpenBeneath(t *testing.T) {
	base := t.TempDir()
	inside := filepath.Join(base, "inside")
	err := errors.Join(
		os.Mkdir(inside, 0o700),
		os.WriteFile(filepath.Join(base, "secret"), nil, 0o600),
		os.Symlink("..", filepath.Join(inside, "up")),
		os.Symlink("/proc/self/fd", filepath.Join(inside, "fds")),
	)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(inside, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	d := &dir{fd: fd, path: inside}
	defer d.close()
	for _, name := range []string{"../secret", filepath.Join(base, "secret"), "up/secret", "fds/0"} {
		plain, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatalf("control: %s: %v", name, err)
		}
		unix.Close(plain)
		if got, err := d.openat(name, unix.O_RDONLY, 0); err == nil {
			unix.Close(got)
			t.Errorf("%s was opened", name)
		}
	}
}

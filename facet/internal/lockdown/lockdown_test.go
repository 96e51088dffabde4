//go:build linux && amd64

package lockdown

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The test binary is linked with the constructor, like every user of the
// package, and was started without the cookie: it must be left alone.
func TestNotActive(t *testing.T) {
	if Active() {
		t.Fatal("locked down without the cookie")
	}
	if _, err := os.ReadFile("/etc/passwd"); err != nil {
		t.Errorf("files are gone: %v", err)
	}
	if err := Seal(); err != errNotActive {
		t.Errorf("seal: %v", err)
	}
	if _, err := ReceiveFiles(1); err == nil {
		t.Error("received files without a parent")
	}
}

// TestCookieIsMandatory: with the cookie and no parent the process ends before
// main. The control is the same start without the cookie.
func TestCookieIsMandatory(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  []string
		want int
	}{
		"control":      {nil, 0},
		"wrong cookie": {[]string{CookieKey + "=other"}, 0},
		"cookie":       {[]string{CookieKey + "=" + CookieValue}, exitStatus},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(self, "-test.run=^$")
			cmd.Env = test.env
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != test.want {
				t.Errorf("exit status %d, want %d: %s", got, test.want, out)
			}
		})
	}
}

// TestMalformedSpec: with a parent that sends nonsense the process ends too,
// and says why.
func TestMalformedSpec(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, message := range map[string][]byte{
		"short": []byte("x"), "zeros": make([]byte, 296), "long": make([]byte, 40000),
	} {
		t.Run(name, func(t *testing.T) {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
			defer ours.Close()
			cmd := exec.Command(self, "-test.run=^$")
			cmd.Env = []string{CookieKey + "=" + CookieValue}
			cmd.ExtraFiles = []*os.File{nil, theirs} // 3 and 4
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			theirs.Close()
			if _, err := ours.Write(message); err != nil {
				t.Fatal(err)
			}
			var status [64]byte
			n, err := ours.Read(status[:])
			if err != nil || n != 32 || status[6] != 2 || status[8] != 1 {
				t.Errorf("status % x, %v: want kind 2 (failed), step 1 (specification)", status[:max(n, 0)], err)
			}
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitStatus {
				t.Errorf("exit status %d", code)
			}
		})
	}
}

// TestCookieMatchesC holds the two spellings together.
func TestCookieMatchesC(t *testing.T) {
	header, err := os.ReadFile("internal.h")
	if err != nil {
		t.Fatal(err)
	}
	if want := `#define FACETD_COOKIE "` + CookieKey + "=" + CookieValue + `"`; !strings.Contains(string(header), want) {
		t.Errorf("internal.h has no %s", want)
	}
}

// pipeFDs returns n descriptors that can be told apart from others.
func pipeFDs(t *testing.T, n int) []int {
	var fds []int
	for range n {
		fd, err := unix.Dup(0)
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
	}
	return fds
}

func open(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

func TestReceiveExactly(t *testing.T) {
	for _, test := range []struct {
		name       string
		send, want int
		ok         bool
	}{
		{"right", 2, 2, true}, {"none", 0, 0, true}, {"most", maxFiles, maxFiles, true},
		{"too few", 1, 2, false}, {"too many", 3, 2, false}, {"none of one", 0, 1, false},
		{"beyond the message", maxFiles + 1, 2, false}, {"far beyond", 200, maxFiles, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(pair[0])
			unix.SetNonblock(pair[1], true)
			f := os.NewFile(uintptr(pair[1]), "passing")
			defer f.Close()
			sent := pipeFDs(t, test.send)
			if err := unix.Sendmsg(pair[0], []byte{1}, unix.UnixRights(sent...), nil, 0); err != nil {
				t.Fatal(err)
			}
			before := countFDs(t)
			got, err := receiveFiles(f, test.want)
			if (err == nil) != test.ok {
				t.Errorf("%v, %v", got, err)
			}
			if after := countFDs(t); after != before+len(got) {
				t.Errorf("%d descriptors before, %d after, %d returned", before, after, len(got))
			}
			for _, fd := range append(sent, got...) {
				unix.Close(fd)
			}
		})
	}
	t.Run("end of file", func(t *testing.T) {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(pair[0])
		unix.SetNonblock(pair[1], true)
		f := os.NewFile(uintptr(pair[1]), "passing")
		defer f.Close()
		if _, err := receiveFiles(f, 0); err == nil {
			t.Error("no error")
		}
	})
}

func countFDs(t *testing.T) int {
	n := 0
	for fd := range 1024 {
		if open(fd) {
			n++
		}
	}
	return n
}

func FuzzParseRights(f *testing.F) {
	f.Add(unix.UnixRights(0))
	f.Add([]byte{})
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, oob []byte) {
		// Never more descriptors than bytes to hold them.
		if fds, _ := parseRights(oob); len(fds)*4 > len(oob) {
			t.Errorf("%d descriptors out of %d bytes", len(fds), len(oob))
		}
	})
}

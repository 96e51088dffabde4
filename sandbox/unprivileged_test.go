//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func init() { reexecs["unprivileged"] = runUnprivileged }

// TestUnprivileged runs a launcher as the user nobody: it must refuse until the
// risks are accepted, then wall a child in with everything that needs no root.
func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("the whole test suite runs unprivileged already")
		return
	}
	// The test binary and the runner lie in directories of root's: copies
	// that the other user may execute.
	dir, err := os.MkdirTemp("", "sandbox-nobody")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{self: dir + "/test", runnerPath: dir + "/runner"} {
		if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	cmd := exec.Command(dir+"/test", dir+"/runner")
	cmd.Env = []string{reexecVar + "=unprivileged"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "all checked") {
		t.Errorf("output %q", out)
	}
}

func runUnprivileged() error {
	_, err := New(Config{CgroupParent: "facetd-test-sandbox"})
	var missing *MissingFeatureError
	if !errors.As(err, &missing) {
		return fmt.Errorf("nothing accepted: %v", err)
	}
	for _, word := range []string{"no-cgroup", "no-distinct-uid", "accept the risk", "protects against"} {
		if !strings.Contains(err.Error(), word) {
			return fmt.Errorf("error does not say %q: %w", word, err)
		}
	}
	l, err := New(Config{CgroupParent: "facetd-test-sandbox", Accept: []Feature{NoCgroup, NoDistinctUID}})
	if err != nil {
		return err
	}
	defer l.Close()
	for _, one := range []struct {
		probe   string
		without Layer
		denied  bool
	}{
		{"read /etc/passwd", 0, true},
		{"read /etc/passwd", Seccomp, true},
		{"read /etc/passwd", Seccomp | Landlock, true},
		{"read /etc/passwd", Seccomp | EmptyRoot, true},
		{"read /etc/passwd", Seccomp | Landlock | EmptyRoot, false},
		{"bomb 100", Seccomp, true},
		{"bomb 100", Seccomp | ResourceLimits, false},
		{fmt.Sprintf("signal %d", os.Getppid()), Seccomp | Landlock, true},
		{"mount", Seccomp | Landlock, true},
	} {
		if err := unprivilegedProbe(l, one.probe, one.without, one.denied); err != nil {
			return fmt.Errorf("%s without %s: %w", one.probe, one.without, err)
		}
	}
	fmt.Println("all checked")
	return nil
}

func unprivilegedProbe(l *Launcher, probe string, without Layer, denied bool) error {
	ctx, cancel := timeoutContext()
	defer cancel()
	p, err := l.Start(ctx, Spec{Runner: os.Args[1], Policy: Policy{Without: without}})
	if err != nil {
		return err
	}
	defer func() {
		p.Kill()
		p.Wait()
		p.abandon()
	}()
	if err := p.WaitSealed(ctx); err != nil {
		return err
	}
	if want := AllLayers &^ without &^ (Cgroup | DistinctIDs | bestEffort()); p.Layers()&^bestEffort() != want {
		return fmt.Errorf("layers %s, want %s", p.Layers(), want)
	}
	p.Conn().SetDeadline(time.Now().Add(deadline))
	if _, err := fmt.Fprintln(p.Conn(), probe); err != nil {
		return err
	}
	buf := make([]byte, 8192)
	n, _ := p.Conn().Read(buf)
	answer := string(buf[:n])
	if ok := strings.HasPrefix(answer, "ok"); ok == denied {
		return fmt.Errorf("answer %q", answer)
	}
	return nil
}

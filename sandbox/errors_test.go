//go:build linux && amd64

package sandbox

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/facetd/facetd/sandbox/internal/wire"
)

// The test binary is not linked with the lockdown package: as a runner it does
// not answer.
func init() {
	reexecs["quit"] = func() error { return nil }
	reexecs["fail"] = func() error { return errors.New("as asked") }
	reexecs["silent"] = func() error { time.Sleep(time.Hour); return nil }
}

// TestStartErrors: what goes wrong is named, and leaves nothing behind (which
// TestMain looks at).
func TestStartErrors(t *testing.T) {
	l := newLauncher(t)
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // past the umask
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		name string
		spec Spec
		want string
	}{
		{"no runner", Spec{}, "set Runner or RunnerFile"},
		{"missing runner", Spec{Runner: filepath.Join(dir, "none")}, "no such file"},
		{"directory", Spec{Runner: dir}, "not a regular file"},
		{"device", Spec{Runner: "/dev/null"}, "not a regular file"},
		{"writable by anyone", Spec{Runner: script("open", "x", 0o777)}, "chmod o-w"},
		{"not executable", Spec{Runner: script("plain", "x", 0o644)}, "chmod a+x"},
		{"only root may execute", Spec{Runner: script("private", "x", 0o700)}, "exec format error"},
		{"no program", Spec{Runner: script("garbage", "not ELF", 0o755)}, "exec format error"},
		{"not linked with lockdown", Spec{Runner: self, Env: []string{reexecVar + "=quit"}}, "linked with facetd's lockdown"},
		{"ends without an answer", Spec{Runner: self, Env: []string{reexecVar + "=fail"}}, "ended with status 1"},
		{"env", Spec{Runner: runnerPath, Env: []string{"NOVALUE"}}, "want KEY=VALUE"},
		{"env twice", Spec{Runner: runnerPath, Env: []string{"A=1", "A=2"}}, "given twice"},
		{"env cookie", Spec{Runner: runnerPath, Env: []string{CookieKey + "=1"}}, "set by the launcher"},
		{"env nul", Spec{Runner: runnerPath, Env: []string{"A=1\x00B=2"}}, "want KEY=VALUE"},
		{"env long", Spec{Runner: runnerPath, Env: []string{"A=" + strings.Repeat("x", maxEnvBytes)}}, "longer than"},
		{"env many", Spec{Runner: runnerPath, Env: make([]string, maxEnv+1)}, "at most 64"},
		{"args many", Spec{Runner: runnerPath, Args: make([]string, maxArgs+1)}, "at most 64"},
		{"unknown layer", Spec{Runner: runnerPath, Policy: Policy{Without: layerEnd}}, "unknown layers"},
		{"root without mounts", Spec{Runner: runnerPath, Policy: Policy{Without: MountNamespace}}, "empty-root needs mount-namespace"},
		{"landlock without nnp", Spec{Runner: runnerPath, Policy: Policy{Without: NoNewPrivs | Seccomp}}, "landlock needs no-new-privs"},
		{"tiny memory", Spec{Runner: runnerPath, Policy: Policy{Limits: Limits{Memory: 1}}}, "at least 1 MiB"},
		{"negative pids", Spec{Runner: runnerPath, Policy: Policy{Limits: Limits{Pids: -1}}}, "pids limit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := l.Start(testContext(t), test.spec)
			if err == nil {
				p.Kill()
				p.abandon()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestSilentRunner(t *testing.T) {
	l := newLauncher(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	_, err = l.Start(ctx, Spec{Runner: self, Env: []string{reexecVar + "=silent"}})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "did not answer") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begin); took > deadline/2 {
		t.Errorf("took %v", took)
	}
}

func TestEndBeforeSeal(t *testing.T) {
	l := newLauncher(t)
	p, err := l.Start(testContext(t), Spec{Runner: runnerPath, Args: []string{"exit-before-seal"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.abandon()
	if err := p.SendFiles(testContext(t), os.Stdin); err == nil || !strings.Contains(err.Error(), "not sealed") {
		t.Errorf("files before the seal: %v", err)
	}
	err = p.WaitSealed(testContext(t))
	if err == nil || !strings.Contains(err.Error(), "ended with status 1") || !strings.Contains(err.Error(), "log says why") {
		t.Errorf("error %v", err)
	}
}

func TestExtraEnv(t *testing.T) {
	l := newLauncher(t)
	p, err := l.Start(testContext(t), Spec{Runner: runnerPath, Env: []string{"GOGC=400", "B=2"}})
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	p.Wait()
	p.abandon()
}

func TestStatusErrors(t *testing.T) {
	for step := wire.StepSpec; step.String() != "unknown step"; step++ {
		err := statusError(wire.Status{Kind: wire.Failed, Step: step, Errno: syscall.EPERM})
		var start *StartError
		if !errors.As(err, &start) || !errors.Is(err, syscall.EPERM) || !strings.Contains(err.Error(), step.String()) {
			t.Errorf("step %d: %v", step, err)
		}
	}
	err := statusError(wire.Status{Step: wire.StepTmpfs, Errno: syscall.EACCES})
	if want := "apparmor_restrict_unprivileged_userns"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v: no %q", err, want)
	}
}

func TestMissingFeatures(t *testing.T) {
	for f := range features {
		err := (&MissingFeatureError{f, "found nothing"}).Error()
		for _, part := range []string{string(f), "found nothing", f.Protects(), f.Remedy()} {
			if part == "" || !strings.Contains(err, part) {
				t.Errorf("%s: %q: no %q", f, err, part)
			}
		}
	}
	if _, err := New(Config{Accept: []Feature{"no-such"}}); err == nil {
		t.Error("unknown feature accepted")
	}
	if _, err := New(Config{IDs: IDRange{First: 1 << 31, Count: 1}}); err == nil {
		t.Error("id beyond the range accepted")
	}
	for _, name := range []string{"../x", "a/b", ".", "a b", strings.Repeat("x", 65)} {
		if _, err := New(Config{CgroupParent: name}); err == nil {
			t.Errorf("cgroup parent %q accepted", name)
		}
	}
}

// TestFailsClosed: a report that lacks something stops the launcher unless the
// very word is accepted.
func TestFailsClosed(t *testing.T) {
	for f, info := range features {
		l := &Launcher{host: Report{Missing: []Missing{{f, "test"}}}}
		var missing *MissingFeatureError
		err := l.checkHost()
		if f.Optional() {
			if err != nil || l.missing != 0 {
				t.Errorf("%s only weakens a layer: %v, missing layers %s", f, err, l.missing)
			}
			continue
		}
		if !errors.As(err, &missing) || missing.Feature != f {
			t.Errorf("%s: %v", f, err)
		}
		l.config.Accept = []Feature{f}
		if err := l.checkHost(); err != nil || l.missing != info.layer {
			t.Errorf("%s accepted: %v, missing layers %s", f, err, l.missing)
		}
	}
	l := &Launcher{host: Report{Fatal: []string{"no pid namespace"}}}
	if err := l.checkHost(); err == nil {
		t.Error("started without what no setting can replace")
	}
}

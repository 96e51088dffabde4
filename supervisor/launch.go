package supervisor

import (
	"context"
	"io"
	"net"
	"os"
	"time"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/seccomp"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// Roles are the runner's one argument (package runner of the facet's side).
const (
	roleHardened = "js"
	roleJIT      = "js-jit"
	roleBundle   = "bundle"
)

// bundlerLimits are those of a process that parses untrusted source text. It
// has no database.
var bundlerLimits = Limits{MemoryBytes: 512 << 20, CPUMilli: 1000}

// runners starts runner processes of each role.
type runners struct {
	launcher *sandbox.Launcher
	file     *os.File // the program, opened once
	programs map[string]*seccomp.Program
}

func openRunners(l *sandbox.Launcher, path string) (*runners, error) {
	notify := l.Host().Notification
	r := &runners{launcher: l, programs: make(map[string]*seccomp.Program)}
	for role, profile := range map[string]*seccomp.Profile{
		roleHardened: seccomp.Hardened(), roleJIT: seccomp.JIT(), roleBundle: seccomp.Bundler(),
	} {
		if !notify {
			profile = profile.WithDefault(seccomp.KindKillProcess)
		}
		program, err := seccomp.Compile(profile)
		if err != nil {
			return nil, err
		}
		r.programs[role] = program
	}
	var err error
	r.file, err = os.Open(path)
	return r, err
}

// launch returns a launcher of processes of a role.
func (r *runners) launch(role string, limits Limits) instance.Launch {
	spec := sandbox.Spec{
		RunnerFile: r.file,
		Args:       []string{role},
		Policy:     sandbox.Policy{Limits: limits.sandbox(), Seccomp: r.programs[role]},
	}
	return func(ctx context.Context) (instance.Process, error) {
		p, err := r.launcher.Start(ctx, spec)
		if err != nil {
			return nil, err
		}
		return process{p}, nil
	}
}

func (r *runners) close() error { return r.file.Close() }

// process shows a sandboxed process as an instance wants it.
type process struct{ *sandbox.Process }

var _ instance.Process = process{}

func (p process) Conn() net.Conn     { return p.Process.Conn() }
func (p process) Log() io.ReadCloser { return p.Process.Log() }

func (p process) WaitSealed(ctx context.Context) error { return p.Process.WaitSealed(ctx) }

func (p process) CPUTime() (time.Duration, error) { return p.Process.CPUTime() }

func (p process) Wait() instance.Exit {
	e := p.Process.Wait()
	exit := instance.Exit{Code: e.Code, Signal: int(e.Signal), OOM: e.OOM}
	switch {
	case e.Violation != nil:
		exit.Violation = e.Violation.String()
	case e.PolicyViolation():
		exit.Violation = "a system call that the policy denies; this kernel does not tell which"
	}
	return exit
}

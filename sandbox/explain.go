//go:build linux && amd64

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/facetd/facetd/sandbox/internal/wire"
)

// lockDownExit is the exit status of a runner whose lock-down failed
// (facet/internal/lockdown).
const lockDownExit = 113

var stepLayers = map[wire.Step]Layer{
	wire.StepEnv: CleanEnv, wire.StepFDs: CleanFDs,
	wire.StepPrivate: EmptyRoot, wire.StepTmpfs: EmptyRoot, wire.StepPivot: EmptyRoot,
	wire.StepDetach: EmptyRoot, wire.StepReadonly: EmptyRoot,
	wire.StepHostname: UTSNamespace, wire.StepCgroupNS: CgroupNamespace, wire.StepUserNS: UserNamespace, wire.StepRlimit: ResourceLimits,
	wire.StepBounding: NoCapabilities, wire.StepSecurebits: NoCapabilities,
	wire.StepAmbient: NoCapabilities, wire.StepCapset: NoCapabilities,
	wire.StepGroups: DistinctIDs, wire.StepGID: DistinctIDs, wire.StepUID: DistinctIDs,
	wire.StepNNP: NoNewPrivs, wire.StepDumpable: NotDumpable,
	wire.StepLandlock: Landlock, wire.StepMemory: Seccomp, wire.StepSeccomp: Seccomp,
}

// statusError explains a failed step of the lock-down.
func statusError(s wire.Status) error {
	e := &StartError{Layer: stepLayers[s.Step], Step: s.Step.String(), Err: s.Errno}
	denied := s.Errno == syscall.EPERM || s.Errno == syscall.EACCES
	switch {
	case s.Step == wire.StepThreads:
		e.Hint = "a library of the runner starts threads before main: it cannot be used"
	case s.Step == wire.StepEnv:
		e.Hint = "the environment holds other variables than the specification"
	case s.Step == wire.StepLandlock:
		e.Hint = NoLandlock.Remedy() + `, or accept the risk with "no-landlock"`
	case denied && e.Layer == EmptyRoot:
		e.Hint = "the host restricts mounts in user namespaces (AppArmor: kernel.apparmor_restrict_unprivileged_userns)"
	case s.Step == wire.StepSeccomp && s.Errno == syscall.EINVAL:
		e.Hint = "the kernel refuses the program: check it with the seccomp package's Lint"
	case s.Step == wire.StepSeccomp && s.Errno == syscall.EBUSY:
		e.Hint = "another filter with a listener is installed already"
	}
	return e
}

// handshakeError explains a lost exchange: most often the child is dead, and
// how it died says more than the socket does.
func (p *Process) handshakeError(ctx context.Context, step string, err error) error {
	e := &StartError{Step: step, Err: err}
	hint := "is the runner linked with facetd's lockdown package, and are its libraries found?"
	if p.Layers() != 0 { // it was locked down: it speaks the protocol
		hint = "the runner's log says why"
	}
	if ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) {
		e.Err = fmt.Errorf("the child did not answer: %w", err)
		e.Hint = hint
		return e
	}
	// The socket closes a moment before the process can be waited for.
	select {
	case <-p.done:
	case <-time.After(time.Second):
		return e
	}
	switch exit := p.exit; {
	case exit.Code == lockDownExit:
		e.Err = fmt.Errorf("the child could not lock itself down (exit status %d): %w", exit.Code, err)
	case exit.Code >= 0:
		e.Err = fmt.Errorf("the child ended with status %d: %w", exit.Code, err)
		e.Hint = hint
	case exit.OOM:
		e.Err = fmt.Errorf("the child's memory limit is too small to start: %w", err)
	default:
		e.Err = fmt.Errorf("the child was killed by signal %d (%v): %w", exit.Signal, exit.Signal, err)
	}
	return e
}

//go:build linux && amd64

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/sandbox/internal/wire"
)

// start is one start under way: what has been taken and must be given back on
// failure.
type start struct {
	launcher *Launcher
	spec     *Spec
	limits   Limits
	layers   Layer
	uid, gid uint32
	uidTaken bool
	group    group
	pipes    *plumbing
	filter   []byte
	notifies bool
}

// Start runs spec.Runner in a new sandbox and returns when the child is locked
// down in all layers but seccomp, which follows when the child has initialised
// itself ([Process.WaitSealed]). When ctx ends first the child is killed. The
// process outlives ctx otherwise.
func (l *Launcher) Start(ctx context.Context, spec Spec) (*Process, error) {
	if err := spec.check(); err != nil {
		return nil, fmt.Errorf("sandbox: specification: %w", err)
	}
	name, err := l.enter()
	if err != nil {
		return nil, err
	}
	s := &start{launcher: l, spec: &spec, limits: spec.Policy.Limits.withDefaults()}
	p, err := s.run(ctx, name)
	if err != nil {
		if p == nil { // no child was made
			s.release()
			l.gone.Done()
		}
		return nil, err
	}
	return p, nil
}

// run does the steps in order. With an error it returns the process if there
// is one; that one is being killed and gives back everything itself.
func (s *start) run(ctx context.Context, name string) (*Process, error) {
	if err := s.decide(); err != nil {
		return nil, err
	}
	runner, err := openRunner(s.spec)
	if err != nil {
		return nil, err
	}
	defer unix.Close(runner)
	if s.layers.Has(Cgroup) {
		if s.group, err = s.launcher.groups.create(name, s.limits); err != nil {
			return nil, &StartError{Layer: Cgroup, Step: "make the cgroup", Err: err}
		}
	}
	if s.pipes, err = newPlumbing(s.limits.LogPipe, runner); err != nil {
		return nil, &StartError{Step: "make the descriptors", Err: err}
	}
	argv := append([]string{"facet-runner"}, s.spec.Args...)
	pid, pidfd, err := s.launcher.spawner.spawn(fdPath(runner), argv, s.procAttr())
	if err != nil {
		return nil, s.spawnError(err)
	}
	s.pipes.closeChild()
	p, err := newProcess(s, pid, pidfd)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.launcher.startContext(ctx)
	defer cancel()
	if err := s.lockDown(ctx, p); err != nil {
		p.Kill()
		p.abandon()
		return p, err
	}
	return p, nil
}

// lockDown is the exchange with the child's constructor.
func (s *start) lockDown(ctx context.Context, p *Process) error {
	if s.group != nil {
		const step = "put the child into its cgroup"
		if err := p.joinGroup(); errors.Is(err, ErrEnded) {
			return p.handshakeError(ctx, step, err)
		} else if err != nil {
			return &StartError{Layer: Cgroup, Step: step, Err: err}
		}
	}
	message, err := s.wireSpec().Encode()
	if err != nil {
		return &StartError{Layer: Seccomp, Step: "write the specification", Err: err}
	}
	pass := p.passConn()
	if pass == nil {
		return p.handshakeError(ctx, "send the specification", ErrEnded)
	}
	if _, err := pass.Write(message); err != nil {
		return p.handshakeError(ctx, "send the specification", err)
	}
	if s.makesUserNS() {
		if err := s.expect(ctx, p, wire.Map, "wait for the user namespace"); err != nil {
			return err
		}
		if err := s.mapIDs(ctx, p, pass); err != nil {
			return err
		}
	}
	return s.expect(ctx, p, wire.Locked, "wait for the lock-down")
}

// mapIDs writes the maps of the user namespace that the child has made and
// tells it to go on.
func (s *start) mapIDs(ctx context.Context, p *Process, pass io.Writer) error {
	const step = "map the user and group"
	err := p.writeProc("gid_map", s.idMap(s.gid))
	if err == nil {
		err = p.writeProc("uid_map", s.idMap(s.uid))
	}
	if err != nil {
		return &StartError{Layer: UserNamespace, Step: step, Err: err,
			Hint: "in a container, the range of user ids must be mapped into it"}
	}
	if _, err := pass.Write([]byte{1}); err != nil {
		return p.handshakeError(ctx, step, err)
	}
	return nil
}

// expect reads one status and wants it to be of a kind.
func (s *start) expect(ctx context.Context, p *Process, kind wire.Kind, step string) error {
	status, extra, err := p.readStatus(ctx)
	if err != nil {
		return p.handshakeError(ctx, step, err)
	}
	if extra != nil {
		extra.Close()
		return &StartError{Step: step, Err: errors.New("an unexpected descriptor came with the status")}
	}
	switch status.Kind {
	case wire.Failed:
		return statusError(status)
	case kind:
		if kind == wire.Locked {
			p.passMu.Lock()
			p.layers = Layer(status.Done) | s.layers&parentLayers
			p.passMu.Unlock()
		}
		return nil
	default:
		return &StartError{Step: step, Err: fmt.Errorf("status %d is out of order", status.Kind)}
	}
}

// release gives back what a failed start had taken.
func (s *start) release() {
	if s.pipes != nil {
		s.pipes.close()
	}
	if s.group != nil {
		s.group.remove()
	}
	if s.uidTaken {
		s.launcher.ids.give(s.uid)
	}
}

func (s *start) spawnError(err error) error {
	e := &StartError{Step: "start the runner", Err: err}
	switch {
	case errors.Is(err, syscall.EACCES):
		e.Hint = "the runner must be executable for the launcher, on a file system without noexec"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EUSERS):
		e.Hint = "too many namespaces: raise the limits in /proc/sys/user"
	case errors.Is(err, syscall.EAGAIN):
		e.Hint = "the supervisor's process limit is reached"
	case errors.Is(err, syscall.EPERM) && !privileged():
		e.Hint = NoUserNamespace.Remedy()
	}
	return e
}

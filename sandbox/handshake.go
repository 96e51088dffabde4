//go:build linux && amd64

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/sandbox/internal/wire"
)

// maxStatusFiles is one more than a status may carry.
const maxStatusFiles = 2

// passConn is the parent's end of descriptor 4, nil after the child's end or
// when files were sent. What it returns may be closed at any time.
func (p *Process) passConn() *net.UnixConn {
	p.passMu.Lock()
	defer p.passMu.Unlock()
	return p.pass
}

// readStatus receives one status and at most one descriptor, which is the
// caller's.
func (p *Process) readStatus(ctx context.Context) (wire.Status, *os.File, error) {
	if ctx.Err() != nil { // the child might be faster than AfterFunc
		return wire.Status{}, nil, context.Cause(ctx)
	}
	pass := p.passConn()
	if pass == nil {
		return wire.Status{}, nil, ErrEnded
	}
	stop := context.AfterFunc(ctx, func() { pass.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	body := make([]byte, wire.MaxStatus)
	oob := make([]byte, unix.CmsgSpace(4*maxStatusFiles))
	n, oobn, flags, _, err := pass.ReadMsgUnix(body, oob) // close-on-exec
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return wire.Status{}, nil, err
	}
	f, err := oneFile(oob[:oobn], flags)
	if err != nil {
		return wire.Status{}, nil, err
	}
	status, err := wire.DecodeStatus(body[:n])
	if err != nil {
		if n == 0 {
			err = errors.New("the child closed descriptor 4")
		}
		if f != nil {
			f.Close()
		}
		return wire.Status{}, nil, err
	}
	return status, f, nil
}

// oneFile takes at most one descriptor out of a control message and closes
// everything when there are more.
func oneFile(oob []byte, flags int) (*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("control message: %w", err)
	}
	var fds []int
	for i := range messages {
		if len(messages[i].Data)%4 != 0 { // ParseUnixRights panics; the kernel never makes it
			continue
		}
		if some, err := unix.ParseUnixRights(&messages[i]); err == nil {
			fds = append(fds, some...)
		}
	}
	if len(fds) > 1 || flags&unix.MSG_CTRUNC != 0 {
		for _, fd := range fds {
			unix.Close(fd)
		}
		return nil, errors.New("more descriptors than a status may carry")
	}
	if len(fds) == 0 {
		return nil, nil
	}
	unix.SetNonblock(fds[0], true) // for the poller; harmless where it means nothing
	return os.NewFile(uintptr(fds[0]), "from child"), nil
}

// WaitSealed waits until the child has its seccomp filter on every thread and
// begins to watch for violations. It is called once, after Start; until it has
// returned nil the child must be given nothing that is not trusted. On an
// error the child is killed.
func (p *Process) WaitSealed(ctx context.Context) error {
	status, listener, err := p.readStatus(ctx)
	if err == nil {
		err = p.takeSeal(status, listener)
	} else {
		err = p.handshakeError(ctx, "wait for the seal", err)
	}
	if err != nil {
		p.Kill()
	}
	return err
}

func (p *Process) takeSeal(status wire.Status, listener *os.File) error {
	const step = "wait for the seal"
	bad := func(format string, args ...any) error {
		if listener != nil {
			listener.Close()
		}
		return &StartError{Layer: Seccomp, Step: step, Err: fmt.Errorf(format, args...)}
	}
	switch {
	case status.Kind == wire.Failed:
		if listener != nil {
			listener.Close()
		}
		return statusError(status)
	case status.Kind != wire.Sealed:
		return bad("status %d is out of order", status.Kind)
	case p.filtered && !Layer(status.Done).Has(Seccomp):
		return bad("the child has not installed its filter")
	case p.notifies != (listener != nil):
		return bad("listener received: %t, expected: %t", listener != nil, p.notifies)
	case listener != nil && !isListener(fdOf(listener)):
		return bad("the descriptor received is no seccomp listener")
	}
	if listener != nil {
		p.violation.start(listener, p.Kill)
	}
	if p.group == nil && p.Layers().Has(ResourceLimits) {
		if err := p.limitData(); err != nil {
			return &StartError{Layer: ResourceLimits, Step: "bound the memory without a cgroup", Err: err}
		}
	}
	p.passMu.Lock()
	defer p.passMu.Unlock()
	p.sealed = true
	p.layers |= Layer(status.Done) & Seccomp
	return nil
}

// fdOf returns the number of an open file without changing its mode, as
// File.Fd would.
func fdOf(f *os.File) int {
	fd := -1
	if raw, err := f.SyscallConn(); err == nil {
		raw.Control(func(n uintptr) { fd = int(n) })
	}
	return fd
}

// SendFiles hands the child descriptors of its own for the files, in order, and
// closes the way for more: it can be called once, after WaitSealed, with 1 to
// 16 files. The files stay the caller's.
func (p *Process) SendFiles(ctx context.Context, files ...*os.File) error {
	if len(files) < 1 || len(files) > 16 {
		return fmt.Errorf("sandbox: %d files to send: want 1 to 16", len(files))
	}
	pass, err := p.takePass()
	if err != nil {
		return err
	}
	defer pass.Close()
	fds := make([]int, len(files))
	for i, f := range files {
		fds[i] = fdOf(f)
	}
	stop := context.AfterFunc(ctx, func() { pass.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, _, err = pass.WriteMsgUnix([]byte{byte(len(files))}, unix.UnixRights(fds...), nil); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("sandbox: send files: %w", err)
	}
	return nil
}

func (p *Process) takePass() (*net.UnixConn, error) {
	p.passMu.Lock()
	defer p.passMu.Unlock()
	switch {
	case !p.sealed:
		return nil, errors.New("sandbox: send files: the process is not sealed yet")
	case p.pass == nil:
		return nil, fmt.Errorf("sandbox: send files: %w, or files were sent before", ErrEnded)
	}
	pass := p.pass
	p.pass = nil
	return pass, nil
}

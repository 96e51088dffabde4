//go:build linux && amd64

package sandbox

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// await waits for the child's end without parking a thread, says what became
// of it, and gives back what it had.
func (p *Process) await(release func()) {
	status, usage := p.reap()
	p.passMu.Lock()
	if p.pass != nil {
		p.pass.Close()
		p.pass = nil
	}
	p.passMu.Unlock()
	exit := Exit{
		CPUTime:   p.usage,
		MaxMemory: usage.Maxrss << 10,
		Violation: p.violation.wait(),
	}
	switch {
	case status.Exited():
		exit.Code = status.ExitStatus()
	case status.Signaled():
		exit.Code, exit.Signal = -1, status.Signal()
	}
	if p.group != nil {
		kills, err := p.group.oomKills()
		exit.OOM = err == nil && kills > 0
	}
	p.exit = exit
	close(p.done)
	release()
	p.launcher.forget(p)
}

// reap waits on the pidfd through Go's poller and collects the child.
func (p *Process) reap() (status unix.WaitStatus, usage unix.Rusage) {
	// The poller takes only non-blocking descriptors; the flag has no
	// other meaning for waiting on readiness.
	unix.SetNonblock(p.pidfd, true)
	f := os.NewFile(uintptr(p.pidfd), "pidfd")
	collect := func(uintptr) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		pid, err := unix.Wait4(p.pid, &status, unix.WNOHANG, &usage)
		if err == unix.EINTR {
			return false
		}
		p.reaped = pid == p.pid || err != nil
		if p.reaped {
			p.pidfd = -1
			p.usage = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		}
		return p.reaped
	}
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Read(collect)
	}
	for err != nil && !collect(0) {
		// The poller refused the descriptor: wait the expensive way.
		poll := []unix.PollFd{{Fd: int32(p.pidfd), Events: unix.POLLIN}}
		unix.Poll(poll, -1)
	}
	f.Close()
	return status, usage
}

// Exited reports whether the child is dead, also where that has not been noticed
// otherwise yet. It costs a system call.
func (p *Process) Exited() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.reaped || p.pidfd < 0 || readable(p.pidfd)
}

// Wait returns how the child ended, once it has. Any number of goroutines may
// wait; [Process.Done] is the same for select.
func (p *Process) Wait() Exit {
	<-p.done
	return p.exit
}

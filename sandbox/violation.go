//go:build linux && amd64

package sandbox

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/seccomp"
)

// watch is the supervisor's side of a seccomp listener.
type watch struct {
	mu      sync.Mutex
	running chan struct{} // nil: never started; closed when the watcher ended
	first   *Violation
}

// start watches listener, which it takes over, until the first violation or
// the child's end. Any violation ends the child through kill.
func (w *watch) start(listener *os.File, kill func()) {
	w.mu.Lock()
	w.running = make(chan struct{})
	running := w.running
	w.mu.Unlock()
	go func() {
		defer close(running)
		defer listener.Close()
		v := receiveViolation(listener)
		if v == nil {
			return
		}
		w.mu.Lock()
		w.first = v
		w.mu.Unlock()
		// No answer is sent: the thread stands in its call until SIGKILL.
		kill()
	}()
}

// wait returns the violation, after the child's end.
func (w *watch) wait() *Violation {
	w.mu.Lock()
	running := w.running
	w.mu.Unlock()
	if running == nil {
		return nil
	}
	<-running
	return w.first
}

// receiveViolation waits, without parking a thread, for the first call that
// the filter reports; nil when the filter's last process is gone.
func receiveViolation(listener *os.File) (found *Violation) {
	raw, err := listener.SyscallConn()
	if err != nil {
		return nil
	}
	raw.Read(func(fd uintptr) bool {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		for {
			// Ask before receiving: SECCOMP_IOCTL_NOTIF_RECV waits even
			// on a non-blocking descriptor.
			n, err := unix.Poll(poll, 0)
			switch {
			case err == unix.EINTR:
				continue
			case err != nil:
				return true
			case n == 0:
				return false
			case poll[0].Revents&unix.POLLIN == 0: // POLLHUP: all gone
				return true
			}
			n6, err := notifReceive(int(fd))
			switch err {
			case nil:
				found = newViolation(&n6)
				return true
			case unix.EINTR, unix.ENOENT: // the thread died meanwhile
				continue
			default:
				return true
			}
		}
	})
	return found
}

func newViolation(n *seccompNotif) *Violation {
	name := seccomp.SyscallName(uint32(n.data.nr))
	if name == "" {
		name = fmt.Sprintf("syscall %d", n.data.nr)
	}
	return &Violation{
		Syscall: name, NR: int(n.data.nr), Arch: n.data.arch,
		Args: n.data.args, IP: n.data.ip, TID: int(n.pid),
	}
}

//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Process is one sandboxed child. Its methods may be called by many goroutines
// at a time, also after its end.
type Process struct {
	pid      int
	uid      uint32
	conn     *net.UnixConn
	log      *os.File
	launcher *Launcher
	layers   Layer
	limits   Limits
	group    group
	filtered bool // a filter is to be installed
	notifies bool // and it has a listener to hand over

	passMu sync.Mutex
	pass   *net.UnixConn // nil once files were sent
	sealed bool

	// mu guards what addresses the process by its number: it is held for
	// reading while the number is used, for writing while it is reaped.
	mu     sync.RWMutex
	pidfd  int // -1 after the end
	reaped bool
	usage  time.Duration // CPU time at the end

	violation watch
	exit      Exit
	done      chan struct{}
}

// newProcess takes over what a start has collected and begins to wait for the
// child's end, which gives everything back.
func newProcess(s *start, pid, pidfd int) (*Process, error) {
	if pidfd < 0 {
		// Without the descriptor nothing after this is safe from pid
		// reuse. The child waits for its specification: take it away.
		s.pipes.close()
		var status unix.WaitStatus
		unix.Kill(pid, unix.SIGKILL)
		unix.Wait4(pid, &status, 0, nil)
		return nil, &StartError{Step: "start the runner", Err: errors.New("the kernel gave no pidfd"), Hint: "Linux 5.13 or newer is needed"}
	}
	p := &Process{
		pid: pid, uid: s.uid, pidfd: pidfd,
		conn: s.pipes.conn, pass: s.pipes.pass, log: s.pipes.log,
		launcher: s.launcher, limits: s.limits, group: s.group, filtered: s.filter != nil, notifies: s.notifies,
		done: make(chan struct{}),
	}
	release := func() {
		if s.group != nil {
			s.group.remove()
		}
		if s.uidTaken {
			s.launcher.ids.give(s.uid)
		}
	}
	s.launcher.adopt(p)
	go p.await(release)
	return p, nil
}

// joinGroup puts the child into its cgroup. Its number is still its own: it is
// not reaped meanwhile. ErrEnded when the child is dead.
func (p *Process) joinGroup() error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.reaped {
		return ErrEnded
	}
	err := p.group.add(p.pid)
	if errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("%w: %w", ErrEnded, err)
	}
	return err
}

// writeProc writes a file of the child in /proc, while its number is its own.
func (p *Process) writeProc(name, text string) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.reaped {
		return ErrEnded
	}
	return os.WriteFile(fmt.Sprintf("/proc/%d/%s", p.pid, name), []byte(text), 0)
}

// Pid is the process id in the launcher's pid namespace. It may belong to
// another process after the end.
func (p *Process) Pid() int { return p.pid }

// UID is the user id on the host that the child runs as.
func (p *Process) UID() uint32 { return p.uid }

// Layers are the layers in force; [Seccomp] among them after WaitSealed.
func (p *Process) Layers() Layer {
	p.passMu.Lock()
	defer p.passMu.Unlock()
	return p.layers
}

// Conn is the parent's end of descriptor 3. The caller owns and closes it.
// Nothing the child sends over it can be trusted.
func (p *Process) Conn() *net.UnixConn { return p.conn }

// Log is the reading end of the pipe behind the child's descriptors 1 and 2.
// The caller owns and closes it, reads it all the time (a full pipe blocks the
// child) and bounds what it keeps. It ends when the child does.
func (p *Process) Log() *os.File { return p.log }

// Done is closed when the child has ended and [Process.Wait] won't block.
func (p *Process) Done() <-chan struct{} { return p.done }

// abandon closes the descriptors that would be the caller's, after a start
// that failed.
func (p *Process) abandon() {
	p.conn.Close()
	p.log.Close()
}

// Kill ends the child and everything in its pid namespace and cgroup at once.
// It is idempotent and does not wait.
func (p *Process) Kill() {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.pidfd < 0 {
		return
	}
	// The first thread of the pid namespace takes all others with it. The
	// only error left is ESRCH: it is dead already.
	unix.PidfdSendSignal(p.pidfd, unix.SIGKILL, nil, 0)
	if p.group != nil {
		p.group.kill() // gone or as good as: the signal above was enough
	}
}

// CPUTime is the processor time of all the child's threads so far, living and
// dead, user and system. It reads a clock, no file. After the end it is the
// final value.
func (p *Process) CPUTime() (time.Duration, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.reaped {
		return p.usage, nil
	}
	// MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED), linux/posix-timers.h;
	// clock_getcpuclockid(3) computes the same.
	clock := int32(^p.pid)<<3 | 2
	var ts unix.Timespec
	if err := unix.ClockGettime(clock, &ts); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return time.Duration(ts.Nano()), nil
}

// MemoryBytes is what the child's cgroup is charged with now: its memory, its
// page cache and the kernel's memory for it. It fails without a cgroup and
// after the end.
func (p *Process) MemoryBytes() (uint64, error) {
	if p.group == nil {
		return 0, &MissingFeatureError{NoCgroup, "the process runs without one"}
	}
	n, err := p.group.memory()
	if errors.Is(err, os.ErrNotExist) {
		return 0, ErrEnded
	}
	return n, err
}

// SetFileSizeLimit changes how large, in bytes, a file may grow by the child's
// writes (RLIMIT_FSIZE), from outside. It goes up to Limits.FileSizeMax; beyond
// that it needs CAP_SYS_RESOURCE, which root lacks in many containers.
func (p *Process) SetFileSizeLimit(bytes uint64) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.reaped {
		return ErrEnded
	}
	// The hard limit stays where it began: once lowered it would never rise
	// again without the capability.
	limit := unix.Rlimit{Cur: bytes, Max: bytes}
	if hard := max(p.limits.FileSize, p.limits.FileSizeMax); hard > bytes {
		limit.Max = hard
	}
	return os.NewSyscallError("prlimit", unix.Prlimit(p.pid, unix.RLIMIT_FSIZE, &limit, nil))
}

//go:build linux && amd64

package sandbox

import (
	"runtime"
	"sync"
	"syscall"
)

// spawner is one goroutine on one thread that forks every child: a parent
// death signal fires when the *thread* that forked ends (prctl(2)), so that
// thread must live as long as the supervisor.
type spawner struct {
	requests chan spawnRequest
	stopped  chan struct{}
	once     sync.Once
}

type spawnRequest struct {
	path  string
	argv  []string
	attr  *syscall.ProcAttr
	reply chan<- spawnReply
}

type spawnReply struct {
	pid, pidfd int
	err        error
}

func newSpawner() *spawner {
	s := &spawner{requests: make(chan spawnRequest), stopped: make(chan struct{})}
	go s.run()
	return s
}

func (s *spawner) run() {
	// Never unlocked: the thread ends with the goroutine, after the last child.
	runtime.LockOSThread()
	for {
		select {
		case r := <-s.requests:
			pidfd := -1
			r.attr.Sys.PidFD = &pidfd
			pid, err := syscall.ForkExec(r.path, r.argv, r.attr)
			r.reply <- spawnReply{pid, pidfd, err}
		case <-s.stopped:
			return
		}
	}
}

func (s *spawner) spawn(path string, argv []string, attr *syscall.ProcAttr) (pid, pidfd int, err error) {
	reply := make(chan spawnReply, 1)
	select {
	case s.requests <- spawnRequest{path, argv, attr, reply}:
		r := <-reply
		return r.pid, r.pidfd, r.err
	case <-s.stopped:
		return 0, -1, ErrClosed
	}
}

// stop ends the thread, and with it every child still bound to it.
func (s *spawner) stop() { s.once.Do(func() { close(s.stopped) }) }

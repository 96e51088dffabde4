//go:build linux && amd64

package attacker

import (
	"fmt"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

func setuid(uid string) (string, error) {
	n, err := strconv.Atoi(uid)
	if err != nil {
		return "", err
	}
	_, err = raw(unix.SYS_SETRESUID, uintptr(n), uintptr(n), uintptr(n))
	return "", err
}

func signal(pid string) (string, error) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return "", err
	}
	return "", unix.Kill(n, 0)
}

// killAll signals everything it can see; nobody but itself must be there.
func killAll(string) (string, error) {
	return "", unix.Kill(-1, unix.SIGTERM)
}

func ptrace(pid string) (string, error) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return "", err
	}
	_, err = raw(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(n), 0, 0)
	return "", err
}

func fork(string) (string, error) {
	pid, err := spawn(0, endsAtOnce, 0, 0)
	if err == nil {
		unix.Wait4(int(pid), nil, 0, nil)
	}
	return "", err
}

func newUser(string) (string, error) {
	pid, err := spawn(unix.CLONE_NEWUSER, endsAtOnce, 0, 0)
	if err == nil {
		unix.Wait4(int(pid), nil, 0, nil)
	}
	return "", err
}

func execute(path string) (string, error) { return "", exec.Command(path).Run() }

// bomb makes arg processes that stay; they end with the pid namespace.
func bomb(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	var pids []uintptr
	defer func() {
		for _, pid := range pids {
			unix.Kill(int(pid), unix.SIGKILL)
		}
	}()
	for i := range n {
		pid, err := spawn(0, stays, 0, 0)
		if err != nil {
			return "", fmt.Errorf("after %d: %w", i, err)
		}
		pids = append(pids, pid)
	}
	return "", nil
}

// startThreads makes arg threads that stay. Where the kernel gives no more, Go's
// runtime ends the process.
func startThreads(arg string) (string, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", err
	}
	started, stop := make(chan struct{}), make(chan struct{})
	defer close(stop)
	for range n {
		go func() {
			runtime.LockOSThread() // one thread each, ended with the goroutine
			started <- struct{}{}
			<-stop
		}()
		<-started
	}
	return arg, nil
}

// daemonise leaves a process behind that has no parent here and holds on to the
// link to the supervisor. It ends with that: no wall stands in the way of a control,
// and nobody else would ever end what it leaves.
func daemonise(string) (string, error) {
	s := &script{}
	link := s.bytes([]byte{3, 0, 0, 0, 0, 0, 0, 0}) // a pollfd: POLLHUP needs no asking
	pid, err := spawn(0, leavesAnother, link, 0)
	runtime.KeepAlive(s)
	if err == nil {
		unix.Wait4(int(pid), nil, 0, nil)
	}
	return fmt.Sprint(pid), err
}

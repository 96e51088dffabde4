package testpeer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/supervisor/internal/instance"
)

const modeEnv = "FACETD_TEST_PEER"

// Launch returns a launcher that starts the test binary as a peer. It has no
// walls: what is tested here is the supervisor's side of the conversation.
func Launch(mode string) instance.Launch {
	return func(ctx context.Context) (instance.Process, error) {
		if mode == "no-start" {
			return nil, errors.New("launcher: no such program")
		}
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
		defer ours.Close()
		defer theirs.Close()
		conn, err := net.FileConn(ours)
		if err != nil {
			return nil, err
		}
		logRead, logWrite, err := os.Pipe()
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		defer logWrite.Close()
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = []string{modeEnv + "=" + mode}
		cmd.Stdout, cmd.Stderr = logWrite, logWrite
		cmd.ExtraFiles = []*os.File{theirs}
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			return nil, errors.Join(err, conn.Close(), logRead.Close())
		}
		return &process{cmd: cmd, conn: conn, log: logRead}, nil
	}
}

type process struct {
	cmd  *exec.Cmd
	conn net.Conn
	log  *os.File
	wait sync.Once
	exit instance.Exit
}

func (p *process) Conn() net.Conn                               { return p.conn }
func (p *process) Log() io.ReadCloser                           { return p.log }
func (p *process) WaitSealed(context.Context) error             { return nil }
func (p *process) SetFileSizeLimit(uint64) error                { return nil }
func (p *process) Pid() int                                     { return p.cmd.Process.Pid }
func (p *process) Exited() bool                                 { return unix.Kill(p.Pid(), 0) != nil }
func (p *process) Kill()                                        { _ = p.cmd.Process.Kill() }
func (p *process) MemoryBytes() (uint64, error)                 { return 0, errors.New("not measured here") }
func (p *process) SendFiles(context.Context, ...*os.File) error { return nil }

func (p *process) Wait() instance.Exit {
	p.wait.Do(func() {
		_ = p.cmd.Wait() // the state says it
		status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
		if status.Signaled() {
			p.exit.Signal = int(status.Signal())
		} else {
			p.exit.Code = status.ExitStatus()
		}
	})
	return p.exit
}

// CPUTime reads the process's clock: clock ids of other processes are made of
// the inverted pid (clock_getcpuclockid(3)).
func (p *process) CPUTime() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.Pid()<<3|2), &ts); err != nil {
		return 0, fmt.Errorf("processor time of %d: %w", p.Pid(), err)
	}
	return time.Duration(ts.Nano()), nil
}

// Main runs the peer where the process was started as one, and does not return
// then. Call it first in TestMain.
func Main() {
	if mode := os.Getenv(modeEnv); mode != "" {
		os.Exit(run(mode))
	}
}

// Say writes the handshake line.
func say() { os.Stdout.WriteString(instance.HandshakeLine + "\n") }

func run(mode string) int {
	base, arg, _ := strings.Cut(mode, ":")
	if base == "raw" {
		return serveRaw(arg)
	}
	if f, ok := greetings[base]; ok {
		return f(arg)
	}
	return serve(base)
}

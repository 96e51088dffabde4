package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Server is a system under test or measurement, running.
type Server struct {
	Name string // facetd or workerd
	Addr string // host:port
	Out  *Tail
	cmd  *exec.Cmd
	done chan struct{} // closed once the process has been waited for
}

// Pid is the process's id.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// startTimeout bounds the time from fork to the line that names the port.
const startTimeout = 30 * time.Second

// start runs the command and takes the address out of the first line, of
// those it writes to listen's file, that the function accepts; it is shown all.
func start(ctx context.Context, name string, cmd *exec.Cmd, listen *os.File, address func(line []byte) string) (*Server, error) {
	s := &Server{Name: name, cmd: cmd, Out: &Tail{}, done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = s.Out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = s.Out
	}
	// Its own group: an interrupt at the terminal reaches the caller alone, which
	// then stops the servers in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	go func() {
		cmd.Wait() // how it ended is of interest only where it ends early; then its output tells
		close(s.done)
	}()
	found := make(chan string, 1)
	go func() {
		sc := bufio.NewScanner(listen)
		for sc.Scan() {
			s.Out.Write(append(sc.Bytes(), '\n'))
			if a := address(sc.Bytes()); a != "" {
				select {
				case found <- a:
				default: // the first one counts
				}
			}
		}
		io.Copy(s.Out, listen) // keep reading, or a full pipe would stop the server
	}()
	select {
	case s.Addr = <-found:
		return s, nil
	case <-s.done:
		return nil, fmt.Errorf("%s ended before it listened; it said: %s", name, s.Out)
	case <-time.After(startTimeout):
	case <-ctx.Done():
	}
	s.Stop()
	return nil, errors.Join(ctx.Err(), fmt.Errorf("%s did not listen within %v; it said: %s", name, startTimeout, s.Out))
}

// Stop asks the server to end, and kills it where it does not within 10 seconds.
func (s *Server) Stop() {
	s.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.done
	}
}

// Tail keeps the last output of a server for error messages.
type Tail struct {
	mu sync.Mutex
	b  []byte
}

// Write implements io.Writer.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > 8<<10 {
		t.b = append(t.b[:0], t.b[len(t.b)-4<<10:]...)
	}
	return len(p), nil
}

// String gives the kept output.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

// Peer serves a workerd configuration that has a disk service named "disk" and
// listens on a port of its choice.
func Peer(ctx context.Context, binary, config, data string) (*Server, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	if binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "serve", "--experimental", "--control-fd=3", "--directory-path=disk="+data, config)
	cmd.ExtraFiles = []*os.File{w}
	return start(ctx, "workerd", cmd, r, func(line []byte) string {
		var port int
		if i := bytes.Index(line, []byte(`"port":`)); i >= 0 {
			fmt.Sscanf(string(line[i:]), `"port":%d`, &port)
		}
		if port == 0 {
			return ""
		}
		return fmt.Sprintf("127.0.0.1:%d", port)
	})
}

// Facetd runs a command that says on standard error where it listens, as facetd
// does.
func Facetd(ctx context.Context, cmd *exec.Cmd) (*Server, error) {
	return FacetdWatched(ctx, cmd, nil)
}

// FacetdWatched is Facetd that shows each line of standard error to a function,
// from a goroutine of its own, until the daemon ends. A nil function sees nothing.
func FacetdWatched(ctx context.Context, cmd *exec.Cmd, each func(line []byte)) (*Server, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	cmd.Stderr = w
	return start(ctx, "facetd", cmd, r, func(line []byte) string {
		if each != nil {
			each(line)
		}
		_, rest, _ := bytes.Cut(line, []byte("listening on http://"))
		addr, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
		return string(bytes.TrimRight(addr, "/\""))
	})
}

package main

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

// server is one measured system, running.
type server struct {
	name string // facetd or workerd
	addr string // host:port
	cmd  *exec.Cmd
	out  *tail
	done chan struct{} // closed once the process has been waited for
}

// startTimeout bounds the time from fork to the line that names the port.
const startTimeout = 30 * time.Second

// startServer runs the command and takes the address out of the first line, of
// those it writes to listen's file, that the function accepts.
func startServer(ctx context.Context, name string, cmd *exec.Cmd, listen *os.File, address func(line []byte) string) (*server, error) {
	s := &server{name: name, cmd: cmd, out: &tail{}, done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = s.out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = s.out
	}
	// Its own group: an interrupt at the terminal reaches facetbench alone, which
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
			s.out.Write(append(sc.Bytes(), '\n'))
			if a := address(sc.Bytes()); a != "" {
				found <- a
				break
			}
		}
		io.Copy(s.out, listen) // keep reading, or a full pipe would stop the server
	}()
	select {
	case s.addr = <-found:
		return s, nil
	case <-s.done:
		return nil, fmt.Errorf("%s ended before it listened; it said: %s", name, s.out)
	case <-time.After(startTimeout):
	case <-ctx.Done():
	}
	s.stop()
	return nil, errors.Join(ctx.Err(), fmt.Errorf("%s did not listen within %v; it said: %s", name, startTimeout, s.out))
}

// stop asks the server to end, and kills it where it does not within 10 seconds.
func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.done
	}
}

// tail keeps the last output of a server for error messages.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > 8<<10 {
		t.b = append(t.b[:0], t.b[len(t.b)-4<<10:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

// startPeer serves the program through one object and its facets.
func startPeer(ctx context.Context, cfg config, dir string) (*server, error) {
	data := filepath.Join(dir, "peer-data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	binary, err := filepath.Abs(cfg.peer)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "serve", "--experimental", "--control-fd=3",
		"--directory-path=disk="+data, filepath.Join(dir, "peer.capnp"))
	cmd.ExtraFiles = []*os.File{w}
	return startServer(ctx, "workerd", cmd, r, func(line []byte) string {
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

// startFacetd serves the program: one facet by the daemon, as a user would run
// it; many through the Go API, in a child process of this program.
func startFacetd(ctx context.Context, cfg config, dir string, facets int) (*server, error) {
	app, data := filepath.Join(dir, "app.js"), filepath.Join(dir, "data")
	cmd := exec.Command(cfg.facetd, "serve", app, "--listen", "127.0.0.1:0", "--data", data)
	if facets > 1 {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd = exec.Command(self, "-embed", app, "-data", data)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	cmd.Stderr = w
	return startServer(ctx, "facetd", cmd, r, func(line []byte) string {
		_, rest, _ := bytes.Cut(line, []byte("listening on http://"))
		addr, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
		return string(bytes.TrimRight(addr, "/\""))
	})
}

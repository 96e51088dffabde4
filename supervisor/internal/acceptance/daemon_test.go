//go:build linux && amd64

package acceptance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/facetd/facetd/supervisor"
)

// daemonEnv makes the test binary a supervisor process; its value is the data
// directory. The other two tell it the runner's path and which run it is part of.
const (
	daemonEnv = "FACETD_ACCEPTANCE_DAEMON"
	runnerEnv = "FACETD_ACCEPTANCE_RUNNER"
	runEnv    = "FACETD_ACCEPTANCE_RUN"
)

// daemon serves testdata/ledger.js, one facet for each first element of a path,
// until it is told to stop.
func daemon(dir string) int {
	code, err := os.ReadFile(filepath.Join("testdata", "ledger.js"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	runnerPath = os.Getenv(runnerEnv)
	h, err := supervisor.Open(context.Background(), testConfig(dir))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	callback := start(h, string(code), nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("listening on", l.Addr())
	server := &http.Server{ReadHeaderTimeout: deadline, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		r.URL.Path, r.RequestURI = "/"+rest, ""
		h.Object("daemon", name).Facets().Get("app", callback).ServeHTTP(w, r)
	})}
	// The tests close our standard input for a clean end.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, it ends
		_ = server.Shutdown(context.Background())
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		fmt.Println(err)
		return 1
	}
	if err := h.Close(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// daemonProcess is a running daemon.
type daemonProcess struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	addr   string
	client *http.Client
}

func startDaemon(t *testing.T, dir string) *daemonProcess {
	t.Helper()
	d := &daemonProcess{cmd: exec.Command(os.Args[0]), client: &http.Client{
		Timeout: deadline, Transport: &http.Transport{MaxIdleConnsPerHost: 16},
	}}
	d.cmd.Env = append(os.Environ(), daemonEnv+"="+dir, runnerEnv+"="+runnerPath, fmt.Sprintf("%s=%d", runEnv, run))
	d.cmd.Stderr = os.Stderr
	stdin, err := d.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.stdin = stdin
	stdout, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 256)
	n, err := stdout.Read(line) // the one line that a started daemon writes
	text := strings.TrimSpace(string(line[:n]))
	addr, ok := strings.CutPrefix(text, "listening on ")
	if !ok {
		t.Fatalf("the daemon did not start: %q, %v, %v", text, err, d.cmd.Wait())
	}
	d.addr = addr
	return d
}

// ask makes a request to the ledger of a name.
func (d *daemonProcess) ask(name string) ask {
	return func(path string) (int, string) {
		r, err := d.client.Get("http://" + d.addr + "/" + name + path)
		if err != nil {
			return 0, err.Error()
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return 0, err.Error()
		}
		return r.StatusCode, string(b)
	}
}

// kill ends the daemon without a warning and waits for it to be gone.
func (d *daemonProcess) kill(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	_ = d.cmd.Wait() // "signal: killed"
}

// stop ends the daemon cleanly.
func (d *daemonProcess) stop(t *testing.T) {
	t.Helper()
	d.client.CloseIdleConnections()
	d.stdin.Close()
	done := make(chan error, 1)
	go func() { done <- d.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the daemon ended: %v", err)
		}
	case <-time.After(deadline):
		d.cmd.Process.Kill()
		t.Errorf("the daemon did not stop within %v: %v", deadline, <-done)
	}
}

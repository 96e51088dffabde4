package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary is its own child: a filter stays for the life of a process.
// helperEnv names what the child does.
const helperEnv = "SECCOMP_TEST_HELPER"

var helpers = map[string]func(request) (any, error){
	"calls":   helpCalls,
	"int80":   helpInt80,
	"refuse":  helpRefuse,
	"runtime": helpRuntime,
	"bundle":  helpBundle,
	"notify":  helpNotify,
}

// request is what a child is told on its standard input.
type request struct {
	Filter []byte      // none: no filter, the positive control
	Calls  [][7]uint64 // number and arguments
}

// result of a raw system call.
type result struct {
	Value uint64
	Errno unix.Errno
}

func TestMain(m *testing.M) {
	if help, ok := helpers[os.Getenv(helperEnv)]; ok {
		os.Exit(runHelper(help))
	}
	os.Exit(m.Run())
}

func runHelper(help func(request) (any, error)) int {
	var req request
	answer, err := any(nil), json.NewDecoder(os.Stdin).Decode(&req)
	if err == nil {
		answer, err = help(req)
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// seal installs the request's filter on all threads; without one it does nothing.
func (r request) seal() error {
	if len(r.Filter) == 0 {
		return nil
	}
	program, err := FromBytes(r.Filter)
	if err != nil {
		return err
	}
	// Go opens its network poller (epoll_create1, eventfd2) with the first timer
	// that is really armed; a runner has it long before it is sealed.
	time.AfterFunc(time.Hour, func() {}).Stop()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if thread, errno := install(program.Filter(), unix.SECCOMP_FILTER_FLAG_TSYNC); errno != 0 || thread != 0 {
		return fmt.Errorf("filter not installed: thread %d, %w", thread, errno)
	}
	return nil
}

// helperCommand is a child that is the first process of a pid namespace, as the
// policies ask.
func helperCommand(t *testing.T, help string, req request) *exec.Cmd {
	t.Helper()
	input, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{helperEnv + "=" + help, "GODEBUG=asyncpreemptoff=1"}
	cmd.Stdin = bytes.NewReader(input)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

// ask runs a child to its end; answer may be nil. A signal that ended the child
// is returned, 0 if none.
func ask(t *testing.T, help string, req request, answer any) syscall.Signal {
	t.Helper()
	cmd := helperCommand(t, help, req)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	err := cmd.Run()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
		needed(t, fmt.Sprintf("this host refuses a pid namespace: %v", err))
	}
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		if status := ended.Sys().(syscall.WaitStatus); status.Signaled() {
			return status.Signal()
		}
	}
	if err != nil {
		t.Fatalf("helper %s: %v\n%s", help, err, diagnostics.Bytes())
	}
	if answer != nil {
		if err := json.Unmarshal(out.Bytes(), answer); err != nil {
			t.Fatalf("helper %s: %v in %q", help, err, out.Bytes())
		}
	}
	return 0
}

// needed skips a test that this host cannot run, or fails it where everything
// must run.
func needed(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("FACETD_MUST_WORK") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

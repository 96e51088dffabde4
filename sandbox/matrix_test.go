//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// attack is one thing a child must not be able to do. holders are the layers
// each of which must stop it alone; with all of them removed (and what
// cannot stand without them) it must succeed, or the probe proves nothing.
type attack struct {
	name    string
	probe   string
	holders Layer
	// also is removed in every run: layers that would stop the attack on
	// the way to the one under test, but are not meant to.
	also Layer
	// leak reports whether the answer shows that the attack succeeded;
	// nil: any answer without an error does.
	leak func(answer string) bool
	args []string
}

// attacks builds the table around things that exist on the host.
func attacks(t *testing.T) []attack {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	name := fmt.Sprintf("facetd-test-%d", os.Getpid())
	hidden, err := net.Listen("unix", "@"+name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hidden.Close() })
	victim := exec.Command("sleep", "1000")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { victim.Process.Kill(); victim.Wait() })
	pid := fmt.Sprint(victim.Process.Pid)
	key := os.Getpid() | 0x51000000
	shm, err := unix.SysvShmGet(key, 4096, unix.IPC_CREAT|0o666)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.SysvShmCtl(shm, unix.IPC_RMID, nil) })
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	ids := UserNamespace | DistinctIDs | NoCapabilities
	var landlockNet, landlockScope Layer
	if landlockABI() >= leastNetABI {
		landlockNet = Landlock
	}
	if landlockABI() >= leastScopeABI {
		landlockScope = Landlock
	}
	return []attack{
		{name: "read a file", probe: "read /etc/passwd", holders: EmptyRoot | Landlock | Seccomp},
		{name: "read the kernel's view of itself", probe: "read /proc/self/mounts", holders: EmptyRoot | Landlock | Seccomp},
		{name: "make a socket", probe: "socket", holders: Seccomp},
		{name: "connect to loopback", probe: "dial " + listener.Addr().String(), holders: NetNamespace | landlockNet | Seccomp},
		{name: "connect to an abstract socket", probe: "abstract " + name, holders: NetNamespace | landlockScope | Seccomp},
		{name: "mount", probe: "mount", holders: UserNamespace | NoCapabilities | Landlock | Seccomp, also: DistinctIDs},
		{name: "become another user", probe: "setuid 12345", holders: NoCapabilities | Seccomp | DistinctIDs, also: UserNamespace},
		{name: "signal a host process", probe: "signal " + pid, holders: PIDNamespace | landlockScope | Seccomp | DistinctIDs, also: UserNamespace | NoCapabilities},
		{name: "trace a host process", probe: "ptrace " + pid, holders: PIDNamespace | Landlock | Seccomp | ids},
		{name: "fork", probe: "fork", holders: Seccomp},
		{name: "execute a program", probe: "exec /bin/true", holders: EmptyRoot | Landlock | Seccomp},
		{name: "make a user namespace", probe: "newuser", holders: Seccomp},
		{name: "flood with processes", probe: "bomb 100", holders: Cgroup | ResourceLimits | Seccomp},
		{name: "take too much memory", probe: "hog 100", holders: Cgroup},
		{name: "find foreign shared memory", probe: fmt.Sprintf("shm %d", key), holders: IPCNamespace | Seccomp},
		{name: "read the host's name", probe: "hostname", holders: UTSNamespace | Seccomp,
			leak: func(s string) bool { return s == host }},
		{name: "read the cgroup path", probe: "read /proc/self/cgroup", holders: CgroupNamespace | EmptyRoot | Landlock | Seccomp,
			leak: func(s string) bool { return strings.Contains(s, "facetd-test-sandbox") }},
		{name: "read the supervisor's environment", probe: "env", holders: CleanEnv,
			leak: func(s string) bool { return strings.Contains(s, "SANDBOX_TEST_SECRET") }},
		{name: "use an inherited descriptor", probe: "fds", holders: CleanFDs,
			leak: func(s string) bool { return strings.Contains(s+" ", " 200 ") }},
		{name: "gain rights by exec", probe: fmt.Sprintf("prctl %d", unix.PR_GET_NO_NEW_PRIVS), holders: NoNewPrivs, also: Seccomp | Landlock,
			leak: func(s string) bool { return s == "0" }},
		{name: "be dumped", probe: fmt.Sprintf("prctl %d", unix.PR_GET_DUMPABLE), holders: NotDumpable, also: Seccomp | DistinctIDs,
			leak: func(s string) bool { return s == "1" }},
	}
}

// closure adds the layers that cannot stand without one of l.
func closure(l Layer) Layer {
	for _, n := range needs {
		if l.Has(n.without) {
			l |= n.layer
		}
	}
	return l
}

// succeeds runs one attack with layers removed.
func succeeds(t *testing.T, l *Launcher, a attack, without Layer) (bool, string) {
	policy := Policy{Without: closure(without), Limits: Limits{Memory: 64 << 20, Pids: 40}}
	c := startChild(t, l, policy, a.args...)
	defer c.close()
	answer, err := c.ask(a.probe)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, unix.ECONNRESET):
		exit := c.Wait()
		return false, fmt.Sprintf("ended: signal %v, oom %t, violation %v", exit.Signal, exit.OOM, exit.Violation)
	case errors.Is(err, errDenied):
		return false, err.Error()
	case err != nil:
		t.Fatal(err)
	}
	if a.leak != nil {
		return a.leak(answer), answer
	}
	return true, answer
}

func TestAttackMatrix(t *testing.T) {
	if os.Geteuid() != 0 {
		mustWork(t, "the matrix needs root: it removes the user namespace and the ids")
	}
	t.Setenv("SANDBOX_TEST_SECRET", "1")
	leaked, err := unix.Dup(0) // without close-on-exec, on purpose
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Dup2(leaked, 200); err != nil {
		t.Fatal(err)
	}
	unix.Close(leaked)
	defer unix.Close(200)
	l := newLauncher(t)
	for _, a := range attacks(t) {
		t.Run(a.name, func(t *testing.T) {
			if ok, how := succeeds(t, l, a, 0); ok {
				t.Errorf("all layers: succeeded: %s", how)
			}
			if ok, how := succeeds(t, l, a, a.holders|a.also); !ok {
				t.Errorf("positive control: without %s: failed: %s", a.holders|a.also, how)
			}
			for _, holder := range a.holders.Each() {
				if closure((a.holders | a.also) &^ holder).Has(holder) {
					t.Errorf("%s cannot be tested alone", holder)
					continue
				}
				ok, how := succeeds(t, l, a, (a.holders|a.also)&^holder)
				if ok {
					t.Errorf("%s alone: succeeded: %s", holder, how)
				} else {
					t.Logf("%s alone: %s", holder, how)
				}
			}
		})
	}
}

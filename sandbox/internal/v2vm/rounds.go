//go:build linux && amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// ordinary is the number of the user without rights, in /etc/passwd, and of its group.
const ordinary = 1000

// round is a program in one place that a supervisor may find itself in.
type round struct {
	program string
	group   string // "": the root group
	user    bool   // as an ordinary user, to whom the group is delegated
}

// rounds: in the root group, in a delegated group that the supervisor has to vacate
// first, as under systemd, and as a user with one. A group is used once: the
// controllers that it then gives its own groups keep further processes out.
var rounds = []round{
	{program: "/test"},
	{program: "/test", group: "service-test"},
	{program: "/battery", group: "service-battery"},
	{program: "/test", group: "user-test", user: true},
	{program: "/battery", group: "user-battery", user: true},
}

func runTests() int {
	args := strings.Fields(os.Getenv("TESTARGS"))
	for _, r := range rounds {
		if err := r.run(args); err != nil {
			fmt.Println("v2vm:", r.program, err)
			return 1
		}
	}
	return 0
}

func (r round) run(args []string) error {
	fmt.Printf("v2vm: %s in cgroup %q, user %t\n", r.program, r.group, r.user)
	cmd := exec.Command(r.program, append([]string{"-test.v", "-test.timeout=20m"}, args...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Dir = "/tmp"
	cmd.Env = []string{"PATH=/bin", "TMPDIR=/tmp", "SANDBOX_TEST_RUNNER=/runner"}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if r.user {
		// What takes root is skipped and listed; the group is used or the test fails.
		cmd.Env = append(cmd.Env, "SANDBOX_TEST_DELEGATED=1")
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: ordinary, Gid: ordinary}
	} else {
		cmd.Env = append(cmd.Env, "FACETD_MUST_WORK=1")
	}
	if r.group != "" {
		dir, err := r.delegate()
		if err != nil {
			return err
		}
		defer dir.Close()
		cmd.SysProcAttr.UseCgroupFD = true
		cmd.SysProcAttr.CgroupFD = int(dir.Fd())
	}
	return cmd.Run()
}

// delegate makes the round's group with the controllers, as systemd's Delegate=yes
// does: what the user owns is what cgroup-v2.rst, "Model of Delegation", names.
func (r round) delegate() (*os.File, error) {
	const root = "/sys/fs/cgroup"
	if err := os.WriteFile(root+"/cgroup.subtree_control", []byte("+memory +pids +cpu +io"), 0); err != nil {
		return nil, err
	}
	dir := filepath.Join(root, r.group)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	if r.user {
		for _, name := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"} {
			if err := os.Chown(filepath.Join(dir, name), ordinary, ordinary); err != nil {
				return nil, err
			}
		}
	}
	return os.Open(dir)
}

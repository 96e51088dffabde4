//go:build linux && amd64

// Command v2vm is the init process of a virtual machine that has cgroup v2
// only: it sets up what a Linux userland would, runs the sandbox package's
// tests and the attack battery and prints their exit status. run.sh builds and boots it, where the
// machine that builds facetd has cgroup v1 or a hybrid.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	status := 1
	if err := setUp(); err != nil {
		fmt.Println("v2vm:", err)
	} else {
		status = runTests()
	}
	fmt.Printf("v2vm: exit status %d\n", status)
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// setUp mounts what tests expect. The root of an initramfs cannot be pivoted
// from, so it is first bound over itself and entered.
func setUp() error {
	var errs []error
	do := func(what string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	do("bind root", unix.Mount("/", "/newroot", "", unix.MS_BIND, ""))
	do("chdir", unix.Chdir("/newroot"))
	do("move root", unix.Mount(".", "/", "", unix.MS_MOVE, ""))
	do("chroot", unix.Chroot("."))
	do("chdir", unix.Chdir("/"))
	for _, m := range []struct{ kind, at string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}, {"cgroup2", "/sys/fs/cgroup"},
	} {
		do("mount "+m.at, unix.Mount(m.kind, m.at, m.kind, 0, ""))
	}
	do("tmp", os.Chmod("/tmp", 0o1777))
	do("host name", unix.Sethostname([]byte("v2vm")))
	do("loopback", exec.Command("/bin/busybox", "ip", "link", "set", "lo", "up").Run())
	return errors.Join(errs...)
}

// runTests runs them twice: in the root group, and each in a delegated group that
// the supervisor has to vacate first. A group is used once: the controllers that it
// then gives its own groups keep further processes out.
func runTests() int {
	args := strings.Fields(os.Getenv("TESTARGS"))
	for _, delegated := range []bool{false, true} {
		for _, program := range []string{"/test", "/battery"} {
			group := ""
			if delegated {
				group = "/sys/fs/cgroup/service-" + program[1:]
			}
			if err := runIn(group, program, args); err != nil {
				fmt.Println("v2vm:", program, err)
				return 1
			}
		}
	}
	return 0
}

func runIn(group, program string, args []string) error {
	fmt.Printf("v2vm: %s in cgroup %q\n", program, group)
	// The machine has no disk whose writes TestDiskWrite could bound.
	cmd := exec.Command(program, append([]string{"-test.v", "-test.timeout=20m", "-test.skip=^TestDiskWrite$"}, args...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Dir = "/tmp"
	cmd.Env = []string{"PATH=/bin", "TMPDIR=/tmp", "SANDBOX_TEST_RUNNER=/runner", "FACETD_MUST_WORK=1"}
	if group != "" {
		if err := enter(group); err != nil {
			return err
		}
		f, err := os.Open(group)
		if err != nil {
			return err
		}
		defer f.Close()
		cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(f.Fd())}
	}
	return cmd.Run()
}

// enter makes a group with the controllers, as systemd's Delegate=yes does.
func enter(group string) error {
	if err := os.WriteFile("/sys/fs/cgroup/cgroup.subtree_control", []byte("+memory +pids +cpu"), 0); err != nil {
		return err
	}
	return os.Mkdir(group, 0o755)
}

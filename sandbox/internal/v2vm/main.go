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
	"time"

	"golang.org/x/sys/unix"
)

// What run.sh has put onto the disk.
const (
	dataPartition = "/dev/nvme0n1p1"
	swapPartition = "/dev/nvme0n1p2"
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
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"cgroup2", "/sys/fs/cgroup"},
	} {
		do("mount "+m.at, unix.Mount(m.kind, m.at, m.kind, 0, ""))
	}
	do("wait for "+swapPartition, appears(swapPartition))
	do("mount /tmp", unix.Mount(dataPartition, "/tmp", "ext4", 0, ""))
	do("tmp", os.Chmod("/tmp", 0o1777))
	do("make swap", run("mkswap", swapPartition))
	do("swap on", run("swapon", swapPartition))
	do("host name", unix.Sethostname([]byte("v2vm")))
	do("loopback", run("ip", "link", "set", "lo", "up"))
	return errors.Join(errs...)
}

// appears waits for a device: the kernel finds disks while init runs already.
func appears(device string) error {
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		_, err := os.Stat(device)
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// run runs one of busybox's commands.
func run(args ...string) error {
	if out, err := exec.Command("/bin/busybox", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

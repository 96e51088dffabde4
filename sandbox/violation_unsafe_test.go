//go:build linux && amd64

package sandbox

import (
	"fmt"
	"io"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/seccomp"
)

func TestNotifLayout(t *testing.T) {
	// The size is part of the ioctl number, _IOWR('!', 0, struct seccomp_notif).
	if size := unsafe.Sizeof(seccompNotif{}); size != ioctlNotifRecv>>16&0x3fff {
		t.Errorf("struct seccomp_notif of %d bytes", size)
	}
}

func TestViolation(t *testing.T) {
	l := newLauncher(t)
	if !l.Host().Notification {
		mustWork(t, "no seccomp user notification")
	}
	for _, nr := range []int{unix.SYS_OPENAT2, unix.SYS_BPF, unix.SYS_IO_URING_SETUP, unix.SYS_KEYCTL, unix.SYS_PIDFD_GETFD, 451} {
		t.Run(seccomp.SyscallName(uint32(nr)), func(t *testing.T) {
			c := startChild(t, l, Policy{})
			if _, err := c.ask(fmt.Sprintf("call %d 1 2 3 4 5 0xffffffffffffffff", nr)); err != io.EOF {
				t.Fatalf("answer: %v", err)
			}
			exit := c.Wait()
			v := exit.Violation
			if v == nil || exit.Signal != syscall.SIGKILL || !exit.PolicyViolation() {
				t.Fatalf("exit %+v", exit)
			}
			if v.NR != nr || v.Args != [6]uint64{1, 2, 3, 4, 5, 1<<64 - 1} || v.IP == 0 || v.TID == 0 ||
				v.Arch != unix.AUDIT_ARCH_X86_64 || v.Syscall == "" {
				t.Errorf("violation %+v", v)
			}
		})
	}
	t.Run("control", func(t *testing.T) {
		c := startChild(t, l, Policy{Without: Seccomp})
		if _, err := c.ask(fmt.Sprintf("call %d 1 2 3 4 5 6", unix.SYS_OPENAT2)); err == io.EOF {
			t.Error("ended without a filter")
		}
	})
}

// TestViolationKills: where the filter kills, the wait status tells.
func TestViolationKills(t *testing.T) {
	program, err := seccomp.Compile(seccomp.Hardened().WithDefault(seccomp.KindKillProcess))
	if err != nil {
		t.Fatal(err)
	}
	c := startChild(t, newLauncher(t), Policy{Seccomp: program})
	if _, err := c.ask(fmt.Sprintf("call %d", unix.SYS_BPF)); err != io.EOF {
		t.Fatalf("answer: %v", err)
	}
	if exit := c.Wait(); exit.Signal != syscall.SIGSYS || exit.Violation != nil || !exit.PolicyViolation() {
		t.Errorf("exit %+v", exit)
	}
}

// TestForeignABI: x32 calls are killed by the kernel whatever
// the default action is.
func TestForeignABI(t *testing.T) {
	c := startChild(t, newLauncher(t), Policy{})
	if _, err := c.ask(fmt.Sprintf("call %#x", 0x40000000|unix.SYS_GETPID)); err != io.EOF {
		t.Fatalf("answer: %v", err)
	}
	if exit := c.Wait(); exit.Signal != syscall.SIGSYS || !exit.PolicyViolation() {
		t.Errorf("exit %+v", exit)
	}
}

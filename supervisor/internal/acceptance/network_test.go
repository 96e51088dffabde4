//go:build linux && amd64

package acceptance

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// The main thread's namespaces are what /proc shows as the process's: no other
// goroutine than the main one, which only waits, may run on it.
func init() { runtime.LockOSThread() }

// interfaces enters the network namespace of a process and lists what is there.
func interfaces(pid int) ([]net.Interface, error) {
	type result struct {
		all []net.Interface
		err error
	}
	done := make(chan result)
	go func() {
		// Never unlocked: the thread is in another namespace and must end with
		// this goroutine.
		runtime.LockOSThread()
		all, err := func() ([]net.Interface, error) {
			ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
			if err != nil {
				return nil, err
			}
			defer ns.Close()
			if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
				return nil, err
			}
			return net.Interfaces()
		}()
		done <- result{all, err}
	}()
	r := <-done
	return r.all, r.err
}

// checkNetwork fails the test unless the process's network is an unused loopback
// interface that is down, or nothing.
func checkNetwork(t *testing.T, pid int) {
	t.Helper()
	all, err := interfaces(pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		addrs, _ := i.Addrs()
		if i.Name != "lo" || i.Flags&(net.FlagUp|net.FlagRunning) != 0 {
			t.Errorf("network interface %s, flags %v, addresses %v", i.Name, i.Flags, addrs)
		}
	}
}

// TestNetworkControl is the control of checkNetwork: in the tests' own namespace
// there is more to see.
func TestNetworkControl(t *testing.T) {
	needRoot(t, "it takes CAP_SYS_ADMIN to enter a network namespace")
	all, err := interfaces(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	up := 0
	for _, i := range all {
		if i.Flags&net.FlagUp != 0 {
			up++
		}
	}
	if up == 0 {
		t.Errorf("no interface is up in the tests' own network namespace: %+v", all)
	}
}

//go:build linux && amd64

package attacker

import "golang.org/x/sys/unix"

// holdSignals keeps the Go runtime's preemption, SIGURG every 10 ms of a call, from
// this thread until the function that it returns is called: a slow call that starts
// anew each time, as fallocate(2) on tmpfs does, would never end.
func holdSignals() func() {
	var urgent, before unix.Sigset_t
	urgent.Val[0] = 1 << (unix.SIGURG - 1)
	if unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, &before) != nil {
		return func() {}
	}
	return func() { unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }
}

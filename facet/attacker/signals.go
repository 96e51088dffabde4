//go:build linux && amd64

package attacker

import "golang.org/x/sys/unix"

// uninterrupted makes a call again that the Go runtime interrupted. Its preemption is
// a SIGURG every 10 ms of a raw call: one that then starts anew, as fallocate(2) on
// tmpfs does, would never end. The signal is not held before it is known to matter,
// since nothing more can be called in seccomp's strict mode.
func uninterrupted(args []uintptr) (uintptr, error) {
	var urgent, before unix.Sigset_t
	urgent.Val[0] = 1 << (unix.SIGURG - 1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, &before); err != nil {
		return 0, err
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	r, err := raw(args[0], args[1:]...)
	for tries := 0; err == unix.EINTR && tries < 10; tries++ { // others of the runtime's
		r, err = raw(args[0], args[1:]...)
	}
	return r, err
}

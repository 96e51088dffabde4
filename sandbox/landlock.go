//go:build linux && amd64

package sandbox

import "golang.org/x/sys/unix"

// landlockABI asks the kernel; 0 when there is none or it is switched off.
func landlockABI() int {
	const version = 1 // LANDLOCK_CREATE_RULESET_VERSION, landlock_create_ruleset(2)
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, version)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

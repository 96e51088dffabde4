//go:build linux && amd64

package sandbox

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// privileged reports whether the launcher is root with what root needs here:
// making namespaces, mounting and changing to any id. Root in a container often
// lacks the first; it is then treated like any user.
var privileged = sync.OnceValue(func() bool {
	const need = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID | 1<<unix.CAP_KILL
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	err := unix.Capget(&head, &data[0])
	return err == nil && os.Geteuid() == 0 && data[0].Effective&need == need
})

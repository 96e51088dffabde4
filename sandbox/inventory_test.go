//go:build linux && amd64

package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// inventory is what the package may leave behind.
type inventory struct {
	fds      int
	children int
	cgroups  []string
}

func takeInventory() inventory {
	var i inventory
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		i.fds = len(entries)
	}
	for _, status := range glob("/proc/[0-9]*/stat") {
		b, _ := os.ReadFile(status)
		_, rest, ok := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); ok && len(f) > 1 && f[1] == fmt.Sprint(os.Getpid()) {
			i.children++
		}
	}
	out, _ := exec.Command("find", "/sys/fs/cgroup", "-path", "*facetd-test-sandbox*/l-*").Output()
	i.cgroups = strings.Fields(string(out))
	return i
}

func glob(pattern string) []string {
	names, _ := filepath.Glob(pattern)
	return names
}

// compare waits for the inventory to be as before and returns an exit status.
func (i inventory) compare() int {
	var now inventory
	for end := time.Now().Add(deadline); ; time.Sleep(10 * time.Millisecond) {
		now = takeInventory()
		// A few descriptors are the runtime's: the poller, opened once.
		if now.fds <= i.fds+3 && now.children <= i.children && len(now.cgroups) <= len(i.cgroups) {
			return 0
		}
		if time.Now().After(end) {
			break
		}
	}
	fmt.Fprintf(os.Stderr, "left behind: %d descriptors (before %d), %d children (before %d), cgroups %v (before %v)\n",
		now.fds, i.fds, now.children, i.children, now.cgroups, i.cgroups)
	return 1
}

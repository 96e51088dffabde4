//go:build linux && amd64

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/facetd/facetd/supervisor/internal/leak"
)

// inventory is what the package may leave behind: nothing.
type inventory struct {
	descriptors []string
	children    []int
	runners     []int
	cgroups     []string
	temp        []string
}

func takeInventory() inventory {
	var i inventory
	for _, fd := range glob("/proc/self/fd/*") {
		if target, err := os.Readlink(fd); err == nil {
			i.descriptors = append(i.descriptors, target)
		}
	}
	for _, p := range processes() {
		if p.parent == os.Getpid() {
			i.children = append(i.children, p.pid)
		}
		if p.inRange() {
			i.runners = append(i.runners, p.pid)
		}
	}
	i.cgroups = cgroupDirs("")
	i.temp = glob(filepath.Join(os.TempDir(), "*"))
	return i
}

func glob(pattern string) []string {
	names, _ := filepath.Glob(pattern) // the patterns are ours and well formed
	return names
}

// cgroupDirs returns what there is of the tests' cgroups, in every hierarchy: the
// parent, or what is below it.
func cgroupDirs(below string) []string {
	var dirs []string
	// v1 hierarchies are one level below the mount, and the launcher's parent
	// may be nested in the cgroup that the tests run in.
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/*"} {
		for depth := range 5 {
			dirs = append(dirs, glob(root+strings.Repeat("/*", depth)+"/"+cgroupParent+below)...)
		}
	}
	seen := map[string]bool{}
	unique := dirs[:0]
	for _, d := range dirs {
		if !seen[d] {
			seen[d] = true
			unique = append(unique, d)
		}
	}
	return unique
}

// compare waits for the inventory to be as before and returns an exit status.
func (i inventory) compare() int {
	var now inventory
	for end := time.Now().Add(deadline); ; time.Sleep(10 * time.Millisecond) {
		now = takeInventory()
		// The poller of the Go runtime is opened once: epoll and eventfd.
		if len(now.descriptors) <= len(i.descriptors)+2 && len(now.children) <= len(i.children) &&
			len(now.runners) == 0 && len(now.cgroups) == 0 && len(now.temp) == 0 {
			break
		}
		if time.Now().After(end) {
			fmt.Fprintf(os.Stderr, "left behind: %+v\nbefore: %+v\n", now, i)
			return 1
		}
	}
	if err := leak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

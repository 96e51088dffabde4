//go:build linux && amd64

// Command testrunner is the real runner with one fault: as soon as it has been
// given a database it opens a path. It is the control of the supervisor's tests
// that say that a serving facet opens none.
package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/runner"
)

func main() {
	go misbehave()
	os.Exit(runner.Main(os.Args[1:], os.Stdout, os.Stderr))
}

func misbehave() {
	for !assigned() {
		time.Sleep(time.Millisecond)
	}
	fd, err := unix.Openat(unix.AT_FDCWD, "/etc/passwd", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	// Only reached where the filter let the call pass.
	println("openat returned", fd, err)
}

// assigned reports whether a regular file is open: the database.
func assigned() bool {
	for fd := 5; fd < 64; fd++ {
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink > 0 {
			return true
		}
	}
	return false
}

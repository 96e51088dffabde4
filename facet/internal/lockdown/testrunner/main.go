//go:build linux && amd64

// Command testrunner is the child that the tests of the sandbox package start:
// locked down like a real runner, it then serves package attacker. Its arguments
// make it misbehave before that.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/attacker"
	"github.com/facetd/facetd/facet/internal/lockdown"
)

func init() {
	// main keeps the first thread, which one of the tests ends.
	if slices.Contains(os.Args, "first-thread-ends") {
		runtime.LockOSThread()
	}
}

func main() {
	debug.SetGCPercent(400)
	if !lockdown.Active() {
		fmt.Println("this program is started by the tests of the sandbox package")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	conn := os.NewFile(3, "requests")
	if slices.Contains(args, "spin-before-seal") {
		//lint:ignore SA5002 the point is to burn processor time
		for {
		}
	}
	if slices.Contains(args, "exit-before-seal") {
		return errors.New("asked to end before the seal")
	}
	if err := lockdown.Seal(); err != nil {
		return err
	}
	if slices.Contains(args, "first-thread-ends") {
		go func() {
			if attacker.Serve(conn) != nil {
				os.Exit(1)
			}
			os.Exit(0)
		}()
		// The process goes on without the thread it is named after.
		_, _, errno := unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
		return errno
	}
	return attacker.Serve(conn)
}

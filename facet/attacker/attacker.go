//go:build linux && amd64

package attacker

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/facetd/facetd/facet/internal/lockdown"
)

// Role is the runner's argument that selects this package.
const Role = "attack"

// Main seals the process and serves attacks until the supervisor closes the
// link. It returns the exit status: 0 then, 1 when something failed, 2 when the
// process was not started by a sandbox.
func Main(stderr io.Writer) int {
	if !lockdown.Active() {
		fmt.Fprintln(stderr, "facet-runner: the attack role is for facetd self-test: it runs inside a sandbox only")
		return 2
	}
	debug.SetGCPercent(400)
	err := lockdown.Seal()
	if err == nil {
		err = Serve(os.NewFile(3, "requests"))
	}
	if err != nil {
		fmt.Fprintln(stderr, "facet-runner:", err)
		return 1
	}
	return 0
}

// Serve answers requests until conn ends.
func Serve(conn io.ReadWriter) error {
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		name, arg, _ := strings.Cut(lines.Text(), " ")
		probe, ok := probes[name]
		if !ok {
			return fmt.Errorf("no probe %q", name)
		}
		text, err := probe(arg)
		answer := "ok " + text
		if err != nil {
			answer = "denied " + errorName(err) + err.Error()
		}
		answer = strings.ReplaceAll(answer, "\n", " ") + "\n"
		if _, err := io.WriteString(conn, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

// errorName is the symbol of the kernel's answer, where there is one.
func errorName(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno) + ": "
	}
	return ""
}

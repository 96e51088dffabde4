package runner

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/facetd/facetd/facet/internal/lockdown"
	"github.com/facetd/facetd/facet/js"
	"github.com/facetd/facetd/facet/workers"
)

// Roles, the runner's one argument. A role decides what is initialised before
// the seal, so it cannot be changed later.
const (
	RoleHardened = "js"     // JavaScript, no JIT
	RoleJIT      = "js-jit" // JavaScript with JIT
	RoleBundle   = "bundle" // no engine; serves Bundle only
)

// handshake is go-plugin's line: core protocol 1, application protocol 1, and an
// address that the supervisor never dials, since the link is inherited.
const handshake = "1|1|unix|facetd|grpc\n"

// Main runs the runner and returns its exit status: 0 when the supervisor closed
// the link, 1 when something failed, 2 when it was not started by a supervisor.
func Main(args []string, stdout, stderr io.Writer) int {
	if !lockdown.Active() {
		fmt.Fprintln(stderr, "facet-runner: this program is started by facetd inside a sandbox; it does nothing by hand. See facetd serve --help.")
		return 2
	}
	if err := run(args, stdout); err != nil {
		fmt.Fprintln(stderr, "facet-runner:", err)
		return 1
	}
	return 0
}

func run(args []string, stdout io.Writer) error {
	tune()
	if len(args) != 1 {
		return fmt.Errorf("expected one argument, the role, got %d", len(args))
	}
	s := &service{role: args[0]}
	switch s.role {
	case RoleHardened, RoleJIT:
		engine, err := js.Start(js.Config{Runtime: workers.Runtime, JIT: s.role == RoleJIT})
		if err != nil {
			return fmt.Errorf("start the JavaScript engine: %w", err)
		}
		s.engine = engine
	case RoleBundle:
	default:
		return fmt.Errorf("unknown role %q", s.role)
	}
	link, err := inheritedLink()
	if err != nil {
		return err
	}
	server := newServer(s)
	if err := lockdown.Seal(); err != nil {
		return err
	}
	if s.role == RoleBundle {
		lockdown.CloseFiles() // it has no database
	}
	if _, err := io.WriteString(stdout, handshake); err != nil {
		return fmt.Errorf("write the handshake: %w", err)
	}
	return server.Serve(&oneConn{conn: link})
}

// tune trades memory that the process has anyway for fewer collections: measured,
// one scheduler thread and a quiet collector give the stream 1.5 times the calls
// per second. The limit, in bytes, keeps the Go side small beside the engine.
func tune() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(48 << 20)
	// A Go crash must not print the other threads' stacks into the facet's log.
	debug.SetTraceback("single")
}

// exit ends the process; the kernel releases everything it held.
func exit(code int) { os.Exit(code) }

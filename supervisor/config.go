package supervisor

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/facetd/facetd/sandbox"
	"github.com/facetd/facetd/supervisor/internal/instance"
)

// Config is how a host works. Only Dir has to be set; zero values are the strict
// defaults.
type Config struct {
	// Dir is the data directory. It is made where it is missing, belongs to the
	// effective user alone, and to one host at a time.
	Dir string
	// RunnerPath is the facet-runner program; empty means the one beside the
	// executable, then the one in $PATH.
	RunnerPath string
	// Limits are those of every facet; a worker may have its own.
	Limits Limits
	// JIT turns the engine's compilers on for every facet: faster JavaScript,
	// executable mappings in the child. The default is without.
	JIT bool
	// Pool is how many runners wait, started and locked down, for facets with
	// the host's limits; 0 means 1, negative none.
	Pool int
	// IDs are the user ids that children run as when the host runs as root; see
	// sandbox.IDRange for the default. Two hosts must not overlap.
	IDs sandbox.IDRange
	// CgroupParent names the cgroup of all children; see sandbox.Config.
	CgroupParent string
	// Accept lists features that this machine may lack; see sandbox.Feature.
	Accept []sandbox.Feature

	// Sockets is how many WebSockets all facets together may have, hibernating ones
	// included; 0 means 16384. One more is closed with code 1013, as is one of an object
	// whose facets have three for each place that is left. See also Limits.Sockets.
	Sockets int
	// Buffers bounds, in bytes, what the host keeps for all facets together: of bodies,
	// values and messages that one has said and another has not taken. Beyond it the
	// facet for which most is kept ends, with the verdict oom. 0 means an eighth of the
	// machine's memory, 256 MiB at the least.
	Buffers int64

	// IdleTimeout is how long after its last call a facet hibernates; 0 means
	// 10 s (fact F92).
	IdleTimeout time.Duration
	// StartTimeout bounds a callback, a bundle and the start of an instance,
	// each; 0 means 10 s.
	StartTimeout time.Duration
	// StopTimeout bounds a clean stop; then the process is killed. 0 means 5 s.
	StopTimeout time.Duration
	// CacheBytes bounds the cache of bundled scripts in Dir/cache; 0 means
	// 256 MiB.
	CacheBytes int64

	// TrustForwarded says which requests come from a proxy of yours, whose
	// X-Forwarded-*, Forwarded and X-Real-IP fields are believed and passed on, and
	// those of Cloudflare such as CF-Connecting-IP. nil trusts none.
	TrustForwarded func(*http.Request) bool
	// AllowSiteHeaders lets facets set header fields that govern more than
	// themselves, such as Strict-Transport-Security, Alt-Svc, and cookies with a
	// domain. Right where every facet has a site of its own.
	AllowSiteHeaders bool

	// Logger takes what happens in the host; nil means slog.Default.
	Logger *slog.Logger
	// Log takes what facets write to their console. It must not block. nil
	// writes to Logger, as text under constant keys.
	Log func(LogLine)
	// Ended is told how each instance ended. It must not block; may be nil.
	Ended func(*VerdictError)

	// launch replaces the sandboxed runner; the package's own tests put a
	// hostile peer there.
	launch func(role string, limits Limits) instance.Launch
	// quickBundle and slowBundle are the constants of these names, but in tests.
	quickBundle, slowBundle time.Duration
}

// LogLine is a line that a facet logged, within its rate.
type LogLine struct {
	// Facet is the path, for example "AppRunner/my-app/app".
	Facet string
	// Level is 0 debug, 1 log, 2 info, 3 warn, 4 error; −1 for output of the
	// process itself, such as a crash of a native library.
	Level int
	// Text is valid UTF-8 of the facet's choosing, control characters included.
	Text string
	// Dropped is how many lines before this one were over the limit.
	Dropped int
}

func (c *Config) defaults() error {
	if c.Dir == "" {
		return errors.New("supervisor: Config.Dir is empty: name the directory that holds the data")
	}
	if err := c.Limits.check(); err != nil {
		return fmt.Errorf("supervisor: Config.Limits: %w", err)
	}
	c.Limits = c.Limits.or(defaultLimits)
	if c.Sockets < 0 {
		return fmt.Errorf("supervisor: Config.Sockets is %d: it must be positive, or 0 for the default", c.Sockets)
	}
	if c.Buffers < 0 {
		return fmt.Errorf("supervisor: Config.Buffers is %d: it must be positive, or 0 for the default", c.Buffers)
	}
	set(&c.Pool, 1)
	set(&c.Buffers, defaultBuffers())
	set(&c.Sockets, 16384)
	set(&c.quickBundle, quickBundle)
	set(&c.slowBundle, slowBundle)
	set(&c.IdleTimeout, 10*time.Second)
	set(&c.StartTimeout, 10*time.Second)
	set(&c.StopTimeout, 5*time.Second)
	set(&c.CacheBytes, 256<<20)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.RunnerPath == "" && c.launch == nil {
		path, err := FindRunner()
		if err != nil {
			return fmt.Errorf("supervisor: no facet-runner beside the executable or in $PATH: set Config.RunnerPath: %w", err)
		}
		c.RunnerPath = path
	}
	return nil
}

// FindRunner returns the path of the facet-runner that an empty Config.RunnerPath
// means: the one beside the executable, or else the one in $PATH. The error is that
// of [exec.LookPath].
func FindRunner() (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), "facet-runner")
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	return exec.LookPath("facet-runner")
}

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/facetd/facetd/seccomp"
)

// The variable that tells a runner that it must lock itself down. The
// launcher adds it to every environment; go-plugin uses it as its cookie.
const (
	CookieKey   = "FACETD_RUNNER"
	CookieValue = "7d0c1f5e-facet-runner-v1"
)

// Spec says what to start and how it is walled in. It is a value; the zero
// value of each field is the strictest there is, only Runner or RunnerFile has
// to be set.
type Spec struct {
	// Runner is the path of the program, which must be linked with
	// facetd's lockdown package. It is opened once per start; the
	// directories on the way and the file need not be accessible to the
	// user the child ends as, its shared libraries neither.
	Runner string
	// RunnerFile is used instead of Runner when it is not nil: the open
	// program, O_PATH suffices. It stays the caller's.
	RunnerFile *os.File
	// Args are the arguments after the program's name.
	Args []string
	// Env is the whole environment besides the cookie, as KEY=VALUE.
	// At most 64 variables and 16 KiB.
	Env []string
	// Policy is what the process may do.
	Policy Policy
}

// Policy is everything a sandbox may do.
type Policy struct {
	// Without removes layers. It exists for measuring and for the tests
	// that prove each layer's worth; a layer the host lacks is accepted
	// with Config.Accept instead. Removing a layer others depend on
	// without removing those is an error.
	Without Layer
	// UID and GID are the user and group on the host. 0 takes a free one
	// from the launcher's range. Ignored when unprivileged: the child
	// then runs as the launcher's own user.
	UID, GID uint32
	// Limits are the resources.
	Limits Limits
	// Seccomp is the compiled program for [Seccomp]; nil is the built-in
	// hardened profile.
	Seccomp *seccomp.Program
}

// Limits are the resources of one process. Zero fields take the defaults.
type Limits struct {
	Memory    int64 // bytes of memory, page cache and kernel memory included; 0: 128 MiB. Swap is always 0. Without a cgroup: of private memory mapped after the seal, and eight stacks
	Pids      int   // threads and processes; 0: 64
	CPUMilli  int   // thousandths of a CPU per second; 0: 1000, one CPU
	CPUWeight int   // share under contention, 1 to 10000 as in cgroup v2; 0: 100
	// DiskWrite is how many bytes a second may go to the device of
	// Config.DataDir, in the syncs of the process itself; 0: as many as it
	// takes. Best effort: it needs the io controller (v1: blkio), see
	// Report.Disk, and does nothing without. The kernel's own write-back is
	// charged with cgroup v2 only.
	DiskWrite int64
	OpenFiles uint64 // descriptors; 0: 64
	FileSize  uint64 // bytes up to which a file may grow; 0: none may
	// FileSizeMax is up to where Process.SetFileSizeLimit can raise
	// FileSize (it is the hard limit); 0: not at all, unless the
	// supervisor has CAP_SYS_RESOURCE. The child itself cannot raise
	// anything: seccomp denies the call.
	FileSizeMax uint64
	Stack       uint64 // bytes of a thread's stack; 0: 8 MiB
	LogPipe     int    // bytes the log pipe holds before writers wait; 0: 64 KiB
}

const (
	maxEnv      = 64
	maxEnvBytes = 16 << 10
	maxArgs     = 64
)

func (l Limits) withDefaults() Limits {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	if l.Memory == 0 {
		l.Memory = 128 << 20
	}
	set(&l.Pids, 64)
	set(&l.CPUMilli, 1000)
	set(&l.CPUWeight, 100)
	set(&l.LogPipe, 64<<10)
	if l.OpenFiles == 0 {
		l.OpenFiles = 64
	}
	if l.Stack == 0 {
		l.Stack = 8 << 20
	}
	return l
}

func (l Limits) check() error {
	switch {
	case l.Memory < 1<<20:
		return fmt.Errorf("memory limit %d: at least 1 MiB", l.Memory)
	case l.Pids < 1 || l.Pids > 1<<22:
		return fmt.Errorf("pids limit %d: want 1 to 4194304", l.Pids)
	case l.CPUMilli < 10:
		return fmt.Errorf("cpu limit %d: at least 10 thousandths", l.CPUMilli)
	case l.CPUWeight < 1 || l.CPUWeight > 10000:
		return fmt.Errorf("cpu weight %d: want 1 to 10000", l.CPUWeight)
	case l.DiskWrite < 0 || l.DiskWrite > 0 && l.DiskWrite < 64<<10:
		return fmt.Errorf("disk write limit %d: at least 64 KiB a second, or 0 for none", l.DiskWrite)
	case l.OpenFiles < 8:
		return fmt.Errorf("open files limit %d: at least 8", l.OpenFiles)
	case l.Stack < 256<<10:
		return fmt.Errorf("stack limit %d: at least 256 KiB", l.Stack)
	case l.LogPipe < 4096 || l.LogPipe > 1<<20:
		return fmt.Errorf("log pipe size %d: want 4096 to 1048576", l.LogPipe)
	}
	return nil
}

// check reports the first mistake in a specification, without touching the
// host.
func (s *Spec) check() error {
	if s.Runner == "" && s.RunnerFile == nil {
		return errors.New("no runner: set Runner or RunnerFile")
	}
	if len(s.Args) > maxArgs {
		return fmt.Errorf("%d arguments: at most %d", len(s.Args), maxArgs)
	}
	if err := checkEnv(s.Env); err != nil {
		return err
	}
	if s.Policy.Without&^AllLayers != 0 {
		return fmt.Errorf("unknown layers %#x in Without", uint64(s.Policy.Without&^AllLayers))
	}
	return s.Policy.Limits.withDefaults().check()
}

func checkEnv(env []string) error {
	if len(env) > maxEnv {
		return fmt.Errorf("%d environment variables: at most %d", len(env), maxEnv)
	}
	total := 0
	var seen []string
	for _, kv := range env {
		key, _, ok := strings.Cut(kv, "=")
		switch total += len(kv); {
		case !ok || key == "" || strings.IndexByte(kv, 0) >= 0:
			return fmt.Errorf("environment variable %q: want KEY=VALUE", kv)
		case key == CookieKey:
			return fmt.Errorf("environment variable %s is set by the launcher", CookieKey)
		case slices.Contains(seen, key):
			return fmt.Errorf("environment variable %s is given twice", key)
		case total > maxEnvBytes:
			return fmt.Errorf("environment is longer than %d bytes", maxEnvBytes)
		}
		seen = append(seen, key)
	}
	return nil
}

//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/cgroups/v3/cgroup1"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// groupsV1 keeps one directory in each of the v1 hierarchies.
type groupsV1 struct {
	subsystems []cgroup1.Subsystem
	base       cgroup1.Path // own directory, by controller
	swap       bool         // memory.memsw.* exists
	own        *ownDir
	all        []cgroup1.Subsystem
	parent     string
	disk       string  // device whose writes are bounded; "": none
	diskOwn    *ownDir // in the blkio hierarchy
}

// subsystem with a path, as all of containerd's are.
type pather interface {
	Path(string) string
}

func openGroupsV1(parent string) (groups, error) {
	all, err := cgroup1.Default()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoController, err)
	}
	g := &groupsV1{all: all, parent: parent}
	nested := cgroup1.NestedPath("/" + parent)
	var roots []string
	for _, name := range controllers {
		i := slices.IndexFunc(all, func(s cgroup1.Subsystem) bool { return string(s.Name()) == name })
		if i < 0 {
			return nil, fmt.Errorf("%w: %s is not mounted", errNoController, name)
		}
		path, err := nested(cgroup1.Name(name))
		if err != nil {
			return nil, fmt.Errorf("%w: own cgroup of %s: %w", errNoController, name, err)
		}
		g.subsystems = append(g.subsystems, all[i])
		roots = append(roots, all[i].(pather).Path(path))
	}
	if err := sweep(roots); err != nil {
		return nil, err
	}
	if g.own, err = makeOwnDir(roots); err != nil {
		return nil, err
	}
	g.base = func(name cgroup1.Name) (string, error) {
		path, err := nested(name)
		return filepath.Join(path, g.own.name), err
	}
	_, err = os.Stat(filepath.Join(g.own.dirs[0], "memory.memsw.limit_in_bytes"))
	g.swap = err == nil
	return g, nil
}

func (g *groupsV1) describe() string { return "v1: " + strings.Join(controllers, ", ") }

func (g *groupsV1) close() error {
	err := g.own.remove()
	if g.diskOwn != nil {
		err = errors.Join(err, g.diskOwn.remove())
	}
	return err
}

// useDisk makes a directory in the blkio hierarchy. Throttling holds a sync back in
// the process that calls it.
func (g *groupsV1) useDisk(device string) error {
	i := slices.IndexFunc(g.all, func(s cgroup1.Subsystem) bool { return s.Name() == cgroup1.Blkio })
	if i < 0 {
		return fmt.Errorf("%w: the blkio controller is not mounted", errNoDisk)
	}
	path, err := cgroup1.NestedPath("/" + g.parent)(cgroup1.Blkio)
	if err != nil {
		return fmt.Errorf("%w: own cgroup of blkio: %w", errNoDisk, err)
	}
	root := g.all[i].(pather).Path(path)
	if err := sweep([]string{root}); err != nil {
		return fmt.Errorf("%w: %w", errNoDisk, err)
	}
	own, err := makeOwnDirNamed(g.own.name, []string{root})
	if err != nil {
		return fmt.Errorf("%w: %w", errNoDisk, err)
	}
	if _, err := os.Stat(filepath.Join(own.dirs[0], writeRate)); err != nil {
		return fmt.Errorf("%w: %w", errNoDisk, errors.Join(err, own.remove()))
	}
	g.disk, g.diskOwn = device, own
	return nil
}

// writeRate takes "MAJOR:MINOR BYTES-PER-SECOND" (blkio-controller.rst).
const writeRate = "blkio.throttle.write_bps_device"

// limitDisk puts a group into the blkio hierarchy, where its writes are bounded.
func (g *groupsV1) limitDisk(v *groupV1, name string, l Limits) error {
	if g.disk == "" || l.DiskWrite == 0 {
		return nil
	}
	dir := filepath.Join(g.diskOwn.dirs[0], name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	v.disk = dir
	return os.WriteFile(filepath.Join(dir, writeRate), fmt.Appendf(nil, "%s %d", g.disk, l.DiskWrite), 0)
}

func (g *groupsV1) create(name string, l Limits) (group, error) {
	var (
		pids   = int64(l.Pids)
		shares = max(2, uint64(l.CPUWeight)*1024/100) // weight 100 is v1's default of 1024
		period = uint64(100_000)                      // µs, the kernel's default
		quota  = int64(l.CPUMilli) * 100              // µs in a period
		memory = specs.LinuxMemory{Limit: &l.Memory}
		none   uint64
	)
	if g.swap {
		memory.Swap = &l.Memory // memory and swap together: none is left for swap
	} else {
		memory.Swappiness = &none
	}
	path := func(sub cgroup1.Name) (string, error) {
		base, err := g.base(sub)
		return filepath.Join(base, name), err
	}
	v := &groupV1{}
	for _, dir := range g.own.dirs {
		v.dirs = append(v.dirs, filepath.Join(dir, name))
	}
	// Where the cgroups around have less, that is what there is.
	if cpu := slices.Index(controllers, string(cgroup1.Cpu)); narrower(g.own.dirs[cpu], quota, period) {
		quota = -1
	}
	control, err := cgroup1.New(path, &specs.LinuxResources{
		Memory: &memory,
		Pids:   &specs.LinuxPids{Limit: &pids},
		CPU:    &specs.LinuxCPU{Shares: &shares, Period: &period, Quota: &quota},
	}, cgroup1.WithHierarchy(func() ([]cgroup1.Subsystem, error) { return g.subsystems, nil }))
	if err != nil {
		return nil, errors.Join(err, v.remove())
	}
	v.control = control
	if err := g.limitDisk(v, name, l); err != nil {
		return nil, errors.Join(err, v.remove())
	}
	return v, nil
}

// groupV1 is one process's group; dirs are in the order of controllers.
type groupV1 struct {
	control cgroup1.Cgroup
	dirs    []string
	disk    string // directory in the blkio hierarchy; "": none
}

func (v *groupV1) add(pid int) error {
	if v.disk != "" {
		if err := os.WriteFile(filepath.Join(v.disk, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
			return err
		}
	}
	return v.control.AddProc(uint64(pid))
}

func (v *groupV1) dirFD() int { return -1 }

// kill does nothing: v1 has no such file, and the pid namespace's init takes
// everything in the group down with it.
func (v *groupV1) kill() error { return nil }

func (v *groupV1) oomKills() (uint64, error) {
	return readKey(filepath.Join(v.dirs[0], "memory.oom_control"), "oom_kill")
}

func (v *groupV1) memory() (uint64, error) {
	n, err := readNumber(filepath.Join(v.dirs[0], "memory.usage_in_bytes"))
	return uint64(n), err
}

func (v *groupV1) remove() error {
	var errs []error
	for _, dir := range slices.Backward(v.dirs) {
		errs = append(errs, removeDir(dir))
	}
	if v.disk != "" {
		errs = append(errs, removeDir(v.disk))
	}
	return errors.Join(errs...)
}

// readNumber reads a file that holds one number.
func readNumber(file string) (int64, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
}

// readKey reads one value of a flat keyed file (cgroup-v2.rst, "Format").
func readKey(file, key string) (uint64, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), " "); ok && k == key {
			return strconv.ParseUint(v, 10, 64)
		}
	}
	return 0, fmt.Errorf("%s: no %s", file, key)
}

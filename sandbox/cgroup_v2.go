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

	"github.com/containerd/cgroups/v3"
	"github.com/containerd/cgroups/v3/cgroup2"
)

const unifiedMount = "/sys/fs/cgroup"

// supervisorLeaf is where the supervisor moves itself: v2 has no processes in
// a group that hands controllers down (cgroup-v2.rst, "No Internal Process
// Constraint").
const supervisorLeaf = "facetd-supervisor"

// groupsV2 keeps one directory in the unified hierarchy.
type groupsV2 struct {
	manager *cgroup2.Manager // the launcher's own directory
	own     *ownDir
	chain   []string // directories above own that hand controllers down, topmost first
	disk    string   // device whose writes are bounded; "": none
}

func openGroupsV2(parent string) (groups, error) {
	_, self, err := cgroups.ParseCgroupFileUnified("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoController, err)
	}
	// After the first launcher the supervisor sits in its leaf.
	self = strings.TrimSuffix(self, "/"+supervisorLeaf)
	top := filepath.Join(unifiedMount, self)
	if err := delegate(top, self); err != nil {
		return nil, err
	}
	root := filepath.Join(top, parent)
	if err := os.Mkdir(root, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%w: %w", errNoController, err)
	}
	if err := enable(root); err != nil {
		return nil, err
	}
	if err := sweep([]string{root}); err != nil {
		return nil, err
	}
	g := &groupsV2{chain: []string{top, root}}
	if g.own, err = makeOwnDir([]string{root}); err != nil {
		return nil, err
	}
	if err = enable(g.own.dirs[0]); err == nil {
		g.manager, err = cgroup2.Load(filepath.Join("/", self, parent, g.own.name))
	}
	if err != nil {
		return nil, errors.Join(err, g.own.remove())
	}
	return g, nil
}

// delegate makes sure that top hands the controllers down, moving the
// processes of top (the supervisor) into a leaf if they stand in the way.
func delegate(top, self string) error {
	if err := enable(top); err == nil {
		return nil
	}
	if self == "/" || self == "" {
		return enable(top)
	}
	leaf := filepath.Join(top, supervisorLeaf)
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w: %w", errNoController, err)
	}
	procs, err := os.ReadFile(filepath.Join(top, "cgroup.procs"))
	if err != nil {
		return fmt.Errorf("%w: %w", errNoController, err)
	}
	for _, pid := range strings.Fields(string(procs)) {
		// Only the supervisor and what it has started live in a
		// delegated group; another's process is a misconfiguration
		// that must not be moved.
		if pid != strconv.Itoa(os.Getpid()) {
			return fmt.Errorf("%w: process %s shares the cgroup %s: give the supervisor a group of its own",
				errNoController, pid, self)
		}
		if err := os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte(pid), 0); err != nil {
			return fmt.Errorf("%w: %w", errNoController, err)
		}
	}
	return enable(top)
}

// enable hands the wanted controllers of dir down to its children.
func enable(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("%w: %w", errNoController, err)
	}
	have := strings.Fields(string(b))
	for _, c := range controllers {
		if !slices.Contains(have, c) {
			return fmt.Errorf("%w: %s is not delegated to %s", errNoController, c, dir)
		}
	}
	want := "+" + strings.Join(controllers, " +")
	if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte(want), 0); err != nil {
		return fmt.Errorf("%w: %w", errNoController, err)
	}
	return nil
}

func (g *groupsV2) describe() string { return "v2: " + strings.Join(controllers, ", ") }

func (g *groupsV2) close() error { return g.own.remove() }

// useDisk hands the io controller down.
func (g *groupsV2) useDisk(device string) error {
	for _, dir := range append(g.chain, g.own.dirs[0]) {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+io"), 0); err != nil {
			return fmt.Errorf("%w: the io controller is not to be had in %s: %w", errNoDisk, dir, err)
		}
	}
	g.disk = device
	return nil
}

func (g *groupsV2) create(name string, l Limits) (group, error) {
	var (
		none   int64
		quota  = int64(l.CPUMilli) * 100
		period = uint64(100_000)
		weight = uint64(l.CPUWeight)
	)
	v := &groupV2{path: filepath.Join(g.own.dirs[0], name)}
	m, err := g.manager.NewChild(name, &cgroup2.Resources{
		Memory: &cgroup2.Memory{Max: &l.Memory, Swap: &none},
		Pids:   &cgroup2.Pids{Max: int64(l.Pids)},
		CPU:    &cgroup2.CPU{Weight: &weight, Max: cgroup2.NewCPUMax(&quota, &period)},
	})
	if err == nil {
		v.manager = m
		// Not in the library's Resources: one process of the facet
		// never survives another one killed for memory.
		err = os.WriteFile(filepath.Join(v.path, "memory.oom.group"), []byte("1"), 0)
	}
	if err == nil && g.disk != "" && l.DiskWrite > 0 {
		err = os.WriteFile(filepath.Join(v.path, "io.max"), fmt.Appendf(nil, "%s wbps=%d", g.disk, l.DiskWrite), 0)
	}
	if err == nil {
		v.dir, err = os.Open(v.path)
	}
	if err != nil {
		return nil, errors.Join(err, removeDir(v.path))
	}
	return v, nil
}

// groupV2 is one process's group.
type groupV2 struct {
	manager *cgroup2.Manager
	path    string
	dir     *os.File // for CLONE_INTO_CGROUP
}

func (v *groupV2) add(int) error { return nil }

func (v *groupV2) dirFD() int { return int(v.dir.Fd()) }

func (v *groupV2) kill() error {
	return os.WriteFile(filepath.Join(v.path, "cgroup.kill"), []byte("1"), 0)
}

func (v *groupV2) oomKills() (uint64, error) {
	return readKey(filepath.Join(v.path, "memory.events"), "oom_kill")
}

func (v *groupV2) memory() (uint64, error) {
	n, err := readNumber(filepath.Join(v.path, "memory.current"))
	return uint64(n), err
}

func (v *groupV2) remove() error {
	return errors.Join(v.dir.Close(), removeDir(v.path))
}

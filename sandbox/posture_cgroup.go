//go:build linux && amd64

package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// limitFiles are the files that hold a group's limits and counters, v1 and v2.
var limitFiles = []string{
	"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control",
	"pids.max", "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us",
	"memory.max", "memory.swap.max", "memory.oom.group", "cpu.max", "cpu.weight", "io.max", writeRate,
}

func (r *postureReader) cgroups() {
	text, ok := r.read("cgroup")
	if !ok {
		return
	}
	all, err := parseCgroups(text)
	if !r.note("cgroup", err) {
		return
	}
	for i := range all {
		r.cgroupValues(&all[i])
	}
	r.p.Cgroups = all
}

// cgroupValues reads the limits at the usual mount points. The path is the one
// the reader sees; a process outside the reader's cgroup namespace has a path
// that begins with "/.." and is left alone.
func (r *postureReader) cgroupValues(c *CgroupPosture) {
	c.Values = map[string]string{}
	if slices.Contains(strings.Split(c.Path, "/"), "..") {
		return
	}
	mounts := []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
	if len(c.Controllers) > 0 {
		mounts = []string{filepath.Join("/sys/fs/cgroup", strings.Join(c.Controllers, ","))}
	}
	for _, mount := range mounts {
		dir := filepath.Join(mount, c.Path)
		for _, name := range limitFiles {
			if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				c.Values[name] = strings.TrimSpace(string(b))
			}
		}
	}
}

//go:build linux && amd64

package sandbox

import "path/filepath"

const (
	quotaFile  = "cpu.cfs_quota_us"
	periodFile = "cpu.cfs_period_us"
)

// narrower reports whether dir or a cgroup around it gets less processor time than
// quota of each period, both in microseconds. The kernel takes no larger share inside
// a smaller one (sched-bwc.rst, "Hierarchical considerations").
func narrower(dir string, quota int64, period uint64) bool {
	for ; ; dir = filepath.Dir(dir) {
		q, err := readNumber(filepath.Join(dir, quotaFile))
		if err != nil {
			return false // above the hierarchy
		}
		if q <= 0 {
			continue // none
		}
		if p, err := readNumber(filepath.Join(dir, periodFile)); err == nil && q*int64(period) < quota*p {
			return true
		}
	}
}

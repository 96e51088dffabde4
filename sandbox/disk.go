//go:build linux && amd64

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// errNoDisk means that writes to a directory's device cannot be bounded.
var errNoDisk = errors.New("writes cannot be bounded")

// diskOf returns the block device below a directory as MAJOR:MINOR, the way
// io.max and blkio.throttle.* want it: the whole disk, since both refuse a
// partition's number (cgroup-v2.rst, "IO Interface Files").
func diskOf(dir string) (string, error) {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return "", &os.PathError{Op: "stat", Path: dir, Err: err}
	}
	number := fmt.Sprintf("%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
	device, err := filepath.EvalSymlinks("/sys/dev/block/" + number)
	if err != nil {
		return "", fmt.Errorf("%w: the file system of %s is on no block device of its own (number %s)", errNoDisk, dir, number)
	}
	if _, err := os.Stat(filepath.Join(device, "partition")); err == nil {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(device), "dev"))
		if err != nil {
			return "", fmt.Errorf("%w: the disk of partition %s: %w", errNoDisk, number, err)
		}
		number = strings.TrimSpace(string(b))
	}
	return number, nil
}

// withDisk adds the disk of Config.DataDir and its controller to a report.
func (r *Report) withDisk(dir string, groups groups) {
	if dir == "" || groups == nil {
		return
	}
	disk, err := diskOf(dir)
	if err == nil {
		err = groups.useDisk(disk)
	}
	if err != nil {
		r.DiskError = err.Error()
		return
	}
	r.Disk = disk
}

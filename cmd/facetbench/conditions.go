package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// moment is the machine at one point of the measurement.
type moment struct {
	at        time.Time
	load      string // /proc/loadavg: 1, 5 and 15 minutes
	processes map[int]process
}

func observe() (moment, error) {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return moment{}, err
	}
	ps, err := processes()
	if err != nil {
		return moment{}, err
	}
	fields := strings.Fields(string(b))
	return moment{at: time.Now(), load: strings.Join(fields[:min(3, len(fields))], " "), processes: ps}, nil
}

// machine describes what the figures were taken on.
func machine() string {
	model := "unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for l := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel := ""
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel, _, _ = strings.Cut(strings.TrimSpace(string(b)), "-")
	}
	return fmt.Sprintf("%s, %d processors, Linux %s", model, runtime.NumCPU(), kernel)
}

// fileSystem names what a folder is on: without a disk beneath, a sync is free
// and the figures of durable writes say nothing.
func fileSystem(dir string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return "unknown"
	}
	// Magic numbers: statfs(2).
	switch s.Type {
	case 0xef53:
		return "ext4"
	case 0x58465342:
		return "xfs"
	case 0x9123683e:
		return "btrfs"
	case 0x01021994:
		return "tmpfs (no disk: syncs cost nothing)"
	case 0x794c7630:
		return "overlayfs"
	default:
		return fmt.Sprintf("type %#x", s.Type)
	}
}

// peerVersion is what the peer says of itself.
func peerVersion(path string) string {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return "not installed"
	}
	return strings.TrimSpace(string(out))
}

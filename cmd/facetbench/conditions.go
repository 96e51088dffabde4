package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// moment is the machine at one point of the measurement.
type moment struct {
	at        time.Time
	load      string // /proc/loadavg: 1, 5 and 15 minutes
	processes map[int]process
	busy      time.Duration // of all processors since the machine started
	own       time.Duration // of this process and those it has started
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
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return moment{}, err
	}
	busy, err := parseBusy(string(stat))
	if err != nil {
		return moment{}, err
	}
	own, err := treeCPU(os.Getpid())
	if err != nil {
		return moment{}, err
	}
	fields := strings.Fields(string(b))
	load := strings.Join(fields[:min(3, len(fields))], " ")
	return moment{at: time.Now(), load: load, processes: ps, busy: busy, own: own}, nil
}

// parseBusy reads the first line of /proc/stat (proc_stat(5)): user, nice and
// system time, idle and waiting left out, interrupts and soft interrupts.
func parseBusy(stat string) (time.Duration, error) {
	first, _, _ := strings.Cut(stat, "\n")
	f := strings.Fields(first)
	if len(f) < 8 || f[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", first)
	}
	ticks := 0
	for _, i := range []int{1, 2, 3, 6, 7} {
		n, err := strconv.Atoi(f[i])
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / userHZ, nil
}

// rest describes what else ran between two moments: the sum, which counts
// processes that came and went, and the names of those that stayed.
func rest(before, after moment) string {
	over := after.at.Sub(before.at)
	share := ((after.busy - before.busy) - (after.own - before.own)).Seconds() / over.Seconds()
	text := fmt.Sprintf("%.0f %%", max(0, share)*100)
	if names := others(before.processes, after.processes, os.Getpid(), over); len(names) > 0 {
		text += ", among it " + strings.Join(names, ", ")
	}
	return text
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

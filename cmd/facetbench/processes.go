package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userHZ is the unit of the times in /proc/PID/stat on Linux on x86-64
// (proc_pid_stat(5); sysconf(_SC_CLK_TCK) is 100 there).
const userHZ = 100

// process is what the measurement needs of one line of /proc/PID/stat.
type process struct {
	pid, parent int
	name        string
	own         time.Duration // user and system time
	children    time.Duration // the same of children that ended and were waited for
}

func parseStat(line string) (process, error) {
	// The name stands in parentheses and may hold any character.
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return process{}, fmt.Errorf("no name in %q", line)
	}
	fields := strings.Fields(line[end+1:])
	if len(fields) < 15 {
		return process{}, fmt.Errorf("only %d fields in %q", len(fields), line)
	}
	number := func(s string, err *error) int {
		n, e := strconv.Atoi(s)
		if e != nil {
			*err = e
		}
		return n
	}
	var err error
	ticks := func(a, b string) time.Duration {
		return time.Duration(number(a, &err)+number(b, &err)) * time.Second / userHZ
	}
	p := process{
		pid:      number(strings.TrimSpace(line[:open]), &err),
		parent:   number(fields[1], &err),
		name:     line[open+1 : end],
		own:      ticks(fields[11], fields[12]),
		children: ticks(fields[13], fields[14]),
	}
	return p, err
}

// processes reads /proc. One that ends meanwhile is left out.
func processes() (map[int]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := map[int]process{}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		line, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		p, err := parseStat(string(line))
		if err != nil {
			return nil, err
		}
		all[p.pid] = p
	}
	return all, nil
}

// descends reports whether pid is root or has it among its ancestors.
func descends(all map[int]process, pid, root int) bool {
	for range len(all) {
		if pid == root {
			return true
		}
		p, known := all[pid]
		if !known {
			return false
		}
		pid = p.parent
	}
	return false
}

// treeCPU is the processor time that a process and its descendants have used,
// those included that ended and were waited for.
func treeCPU(root int) (time.Duration, error) {
	all, err := processes()
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for pid, p := range all {
		if descends(all, pid, root) {
			sum += p.own + p.children
		}
	}
	return sum, nil
}

// treeMemory is the memory of a process and its descendants in bytes, shared
// pages divided among those that share them (Pss, proc_pid_smaps(5)).
func treeMemory(root int) (int64, error) {
	all, err := processes()
	if err != nil {
		return 0, err
	}
	var sum int64
	for pid := range all {
		if !descends(all, pid, root) {
			continue
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // it has ended, or is not ours to look at
		}
		for l := range strings.Lines(string(b)) {
			if f := strings.Fields(l); len(f) == 3 && f[0] == "Pss:" {
				kib, err := strconv.ParseInt(f[1], 10, 64)
				if err != nil {
					return 0, fmt.Errorf("memory of process %d: %w", pid, err)
				}
				sum += kib << 10
			}
		}
	}
	return sum, nil
}

// others names what ran beside the measurement between two looks at /proc,
// busiest first, by name: at least one percent of one processor.
func others(before, after map[int]process, self int, over time.Duration) []string {
	used := map[string]time.Duration{}
	for pid, p := range after {
		if !descends(after, pid, self) {
			// A new process under an old number has used less than the old one had.
			used[p.name] += max(0, p.own-before[pid].own)
		}
	}
	names := slices.SortedFunc(maps.Keys(used), func(a, b string) int { return int(used[b] - used[a]) })
	var list []string
	for _, name := range names {
		if share := used[name].Seconds() / over.Seconds(); share >= 0.01 && len(list) < 8 {
			list = append(list, fmt.Sprintf("%s %.0f %%", name, share*100))
		}
	}
	return list
}

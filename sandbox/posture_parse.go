package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// statusLines is how many lines of a status file parseStatus wants.
const statusLines = 13

// parseStatus reads /proc/PID/task/TID/status (proc_pid_status(5)).
func parseStatus(text string) (t ThreadPosture, umask uint32, err error) {
	seen := 0
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		seen++
		switch key {
		case "Pid":
			t.TID, err = strconv.Atoi(value)
		case "Umask":
			var u uint64
			u, err = strconv.ParseUint(value, 8, 32)
			umask = uint32(u)
		case "Uid":
			err = parseFour(value, &t.UID)
		case "Gid":
			err = parseFour(value, &t.GID)
		case "Groups":
			t.Groups, err = parseUint32s(value)
		case "CapInh":
			t.Caps.Inheritable, err = strconv.ParseUint(value, 16, 64)
		case "CapPrm":
			t.Caps.Permitted, err = strconv.ParseUint(value, 16, 64)
		case "CapEff":
			t.Caps.Effective, err = strconv.ParseUint(value, 16, 64)
		case "CapBnd":
			t.Caps.Bounding, err = strconv.ParseUint(value, 16, 64)
		case "CapAmb":
			t.Caps.Ambient, err = strconv.ParseUint(value, 16, 64)
		case "NoNewPrivs":
			t.NoNewPrivs = value == "1"
		case "Seccomp":
			t.Seccomp, err = strconv.Atoi(value)
		case "Seccomp_filters":
			t.SeccompFilters, err = strconv.Atoi(value)
		default:
			seen--
		}
		if err != nil {
			return t, umask, fmt.Errorf("status: %s: %w", key, err)
		}
	}
	// An audit must not take a missing line for a zero.
	if seen < statusLines {
		return t, umask, fmt.Errorf("status: %d of %d lines found: the kernel is too old or not Linux's", seen, statusLines)
	}
	return t, umask, nil
}

func parseUint32s(text string) ([]uint32, error) {
	var all []uint32
	for _, word := range strings.Fields(text) {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, err
		}
		all = append(all, uint32(n))
	}
	return all, nil
}

func parseFour(text string, into *[4]uint32) error {
	all, err := parseUint32s(text)
	if err != nil {
		return err
	}
	if len(all) != 4 {
		return fmt.Errorf("%d ids, want 4", len(all))
	}
	*into = [4]uint32(all)
	return nil
}

// parseIDMap reads /proc/PID/uid_map (user_namespaces(7)).
func parseIDMap(text string) ([]IDMap, error) {
	var maps []IDMap
	for line := range strings.Lines(text) {
		n, err := parseUint32s(line)
		if err != nil || len(n) != 3 {
			return nil, fmt.Errorf("id map: line %q: want three numbers", strings.TrimSpace(line))
		}
		maps = append(maps, IDMap{n[0], n[1], n[2]})
	}
	return maps, nil
}

// parseMounts reads /proc/PID/mountinfo (proc_pid_mountinfo(5)).
func parseMounts(text string) ([]Mount, error) {
	var mounts []Mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		b, a := strings.Fields(before), strings.Fields(after)
		if !ok || len(b) < 6 || len(a) < 3 {
			return nil, fmt.Errorf("mountinfo: line %q is malformed", strings.TrimSpace(line))
		}
		mounts = append(mounts, Mount{
			Root: unescape(b[3]), Point: unescape(b[4]), Options: strings.Split(b[5], ","),
			Type: a[0], Source: unescape(a[1]), SuperOptions: strings.Split(a[2], ","),
		})
	}
	return mounts, nil
}

// unescape undoes the octal escapes of space, tab, newline and backslash.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

// parseLimits reads /proc/PID/limits: a name of up to 25 columns, soft, hard
// and sometimes a unit.
func parseLimits(text string) (map[string]Rlimit, error) {
	limits := map[string]Rlimit{}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if i == 0 {
			continue // headings
		}
		if len(line) < 26 {
			return nil, fmt.Errorf("limits: line %q is malformed", line)
		}
		f := strings.Fields(line[26:])
		if len(f) < 2 {
			return nil, fmt.Errorf("limits: line %q is malformed", line)
		}
		soft, err := parseLimit(f[0])
		if err != nil {
			return nil, err
		}
		hard, err := parseLimit(f[1])
		if err != nil {
			return nil, err
		}
		limits[strings.TrimSpace(line[:26])] = Rlimit{soft, hard}
	}
	return limits, nil
}

func parseLimit(word string) (uint64, error) {
	if word == "unlimited" {
		return Unlimited, nil
	}
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("limits: %w", err)
	}
	return n, nil
}

// parseCgroups reads /proc/PID/cgroup (cgroups(7)).
func parseCgroups(text string) ([]CgroupPosture, error) {
	var all []CgroupPosture
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			return nil, fmt.Errorf("cgroup: line %q is malformed", strings.TrimSpace(line))
		}
		c := CgroupPosture{Path: f[2]}
		if f[1] != "" {
			c.Controllers = strings.Split(f[1], ",")
		}
		all = append(all, c)
	}
	return all, nil
}

// parseNamespace reads the target of a link in /proc/PID/ns, "net:[4026531840]".
func parseNamespace(target string) (uint64, error) {
	_, rest, ok := strings.Cut(target, ":[")
	number, ok2 := strings.CutSuffix(rest, "]")
	if !ok || !ok2 {
		return 0, fmt.Errorf("namespace %q is malformed", target)
	}
	return strconv.ParseUint(number, 10, 64)
}

// classify tells the class of a descriptor from the kernel's name for it.
// Paths are told apart by the caller.
func classify(target string) FileClass {
	switch {
	case target == "/dev/null":
		return FileNull
	case strings.HasPrefix(target, "pipe:["):
		return FilePipe
	case strings.HasPrefix(target, "socket:["):
		return FileSocket
	case target == "anon_inode:[eventfd]":
		return FileEventFD
	case target == "anon_inode:[eventpoll]":
		return FileEpoll
	case strings.HasPrefix(target, "/memfd:"):
		return FileMemFD
	default:
		return FileOther
	}
}

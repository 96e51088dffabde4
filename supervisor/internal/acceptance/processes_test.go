//go:build linux && amd64

package acceptance

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// proc is a process as /proc shows it.
type proc struct {
	pid, parent int
	uid         uint32
	state       string
}

// inRange reports whether it runs as one of the users of the tests' facets.
func (p proc) inRange() bool { return p.uid >= firstUID && p.uid < firstUID+countUID }

// processes returns those that are not zombies.
func processes() []proc {
	var out []proc
	for _, path := range glob("/proc/[0-9]*/status") {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		var p proc
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			first, _, _ := strings.Cut(strings.TrimSpace(value), "\t")
			switch key {
			case "Pid":
				p.pid, _ = strconv.Atoi(first)
			case "PPid":
				p.parent, _ = strconv.Atoi(first)
			case "State":
				p.state = first
			case "Uid":
				uid, _ := strconv.ParseUint(first, 10, 32)
				p.uid = uint32(uid)
			}
		}
		if !strings.HasPrefix(p.state, "Z") && !strings.HasPrefix(p.state, "X") {
			out = append(out, p)
		}
	}
	return out
}

// childrenOf returns the processes that a process has started.
func childrenOf(pid int) []int {
	var out []int
	for _, p := range processes() {
		if p.parent == pid {
			out = append(out, p.pid)
		}
	}
	return out
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, ok := strings.Cut(string(text), ") ")
	return ok && rest[0] != 'Z' && rest[0] != 'X'
}

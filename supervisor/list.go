package supervisor

import (
	"context"
	"strings"
	"time"
)

// Facet states, as FacetInfo.State has them.
const (
	StateStopped  = "stopped"
	StateStarting = "starting"
	StateRunning  = "running"
)

// FacetInfo describes a facet.
type FacetInfo struct {
	Name string
	// State is "stopped", "starting" or "running".
	State string
	// Since is when the running instance's process was started; zero otherwise.
	Since time.Time
	// PID is that process in the host's pid namespace; 0 otherwise.
	PID int
	// Calls are under way, Waiting are in the queue.
	Calls, Waiting int
	// CPU is the processor time of the running process, MemoryBytes what its
	// cgroup is charged with; 0 where it is not known.
	CPU         time.Duration
	MemoryBytes uint64
	// DatabaseBytes and WALBytes are the sizes of its files on disk.
	DatabaseBytes, WALBytes int64
	// Limits are those it runs under, or would.
	Limits Limits
	// Last says how the latest instance ended, and when; nil where none has
	// since the host was opened.
	Last   *VerdictError
	LastAt time.Time
	// Children is how many facets it has on disk.
	Children int
}

// List describes the facets that are on disk or in use, in the order of their
// first use, those not on disk last. The figures of different facets are not of
// the same moment.
func (f *Facets) List(ctx context.Context) ([]FacetInfo, error) {
	if f.err != nil {
		return nil, f.err
	}
	o := f.parent.object
	handle, err := o.open()
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	var out []FacetInfo
	seen := make(map[string]bool)
	if parent, ok := f.parent.lookup(handle); ok {
		for _, e := range handle.Children(parent) {
			seen[e.Name] = true
			out = append(out, FacetInfo{Name: e.Name, DatabaseBytes: e.DatabaseBytes, WALBytes: e.WALBytes,
				Children: len(handle.Children(e.Number))})
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, n := range f.parent.children {
		if !seen[name] && (n.inc != nil || n.last != nil) {
			out = append(out, FacetInfo{Name: name})
		}
	}
	for i := range out {
		out[i].State, out[i].Limits = StateStopped, o.host.cfg.Limits
		if n := f.parent.children[out[i].Name]; n != nil {
			n.describe(&out[i])
		}
	}
	return out, ctx.Err()
}

// describe adds what is known in memory. The object's mu is held.
func (n *node) describe(info *FacetInfo) {
	info.Last, info.LastAt = n.last, n.lastAt
	if n.inc == nil {
		return
	}
	info.Calls, info.Waiting = n.inc.gate.Counts()
	n.inc.mu.Lock()
	defer n.inc.mu.Unlock()
	info.Limits = n.inc.limits
	switch {
	case n.inc.live != nil:
		p := n.inc.live.Process()
		info.State, info.Since, info.PID = StateRunning, n.inc.live.Started(), p.Pid()
		// An error means that it has just ended: the figure stays 0.
		info.CPU, _ = p.CPUTime()
		info.MemoryBytes, _ = p.MemoryBytes()
	case n.inc.starting != nil:
		info.State = StateStarting
	}
}

// bounded cuts text that an untrusted process wrote and makes it valid UTF-8.
func bounded(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

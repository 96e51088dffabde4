package main

import (
	"fmt"
	"strings"

	"github.com/facetd/facetd/sandbox"
)

// postureCheck is one property of a live sandbox, read from outside.
type postureCheck struct {
	Property string `json:"property"`
	OK       bool   `json:"ok"`
	Value    string `json:"value"`
}

// checkPosture compares a sealed, waiting sandbox with what its layers promise. A
// nil posture: the user may not look at it.
func (r *selfTestReport) checkPosture(layers sandbox.Layer, p *sandbox.Posture) {
	r.Posture = []postureCheck{}
	if p == nil {
		return // as another user than root: the process may not be looked at, which is a wall too
	}
	check := func(layer sandbox.Layer, property string, ok bool, value any) {
		if !layers.Has(layer) {
			return
		}
		r.Posture = append(r.Posture, postureCheck{property, ok, fmt.Sprint(value)})
		if !ok {
			r.fault("posture: %s: %v", property, value)
		}
	}
	threads := func(bad func(t sandbox.ThreadPosture) bool) (bool, string) {
		n := 0
		for _, t := range p.Threads {
			if bad(t) {
				n++
			}
		}
		return n == 0, fmt.Sprintf("%d of %d threads", len(p.Threads)-n, len(p.Threads))
	}
	ok, value := threads(func(t sandbox.ThreadPosture) bool { return t.Seccomp != 2 })
	check(sandbox.Seccomp, "filter on every thread", ok, value)
	ok, value = threads(func(t sandbox.ThreadPosture) bool { return !t.NoNewPrivs })
	check(sandbox.NoNewPrivs, "no_new_privs on every thread", ok, value)
	ok, value = threads(func(t sandbox.ThreadPosture) bool { return !t.Caps.None() })
	check(sandbox.NoCapabilities, "no capability in any of five sets", ok, value)
	ok, value = threads(func(t sandbox.ThreadPosture) bool {
		return t.UID[0] == 0 || t.UID != [4]uint32{t.UID[0], t.UID[0], t.UID[0], t.UID[0]}
	})
	check(sandbox.DistinctIDs, "a user of its own", ok, value)
	ok, value = threads(func(t sandbox.ThreadPosture) bool { return len(t.Groups) > 0 })
	check(sandbox.DistinctIDs, "no supplementary groups", ok, value)
	check(sandbox.EmptyRoot, "one mount, read-only", len(p.Mounts) == 1 && strings.Contains(strings.Join(p.Mounts[0].Options, ","), "ro"), len(p.Mounts))
	check(sandbox.EmptyRoot, "nothing in the root folder", len(p.RootEntries) == 0, len(p.RootEntries))
	check(sandbox.CleanEnv, "one variable in the environment", len(p.Environ) == 1, len(p.Environ))
	check(sandbox.NotDumpable, "not dumpable", !p.Dumpable, !p.Dumpable)
	check(sandbox.ResourceLimits, "no core files", p.Limits["Max core file size"] == sandbox.Rlimit{}, p.Limits["Max core file size"].Hard)
	directories := 0
	for _, f := range p.Files {
		if f.Class == sandbox.FileDirectory {
			directories++
		}
	}
	check(sandbox.CleanFDs, "no folder among the descriptors", directories == 0, fmt.Sprintf("%d descriptors", len(p.Files)))
}
